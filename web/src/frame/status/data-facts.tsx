import type { ChainView } from '@deltastream/client';
import { useEffect, useEffectEvent, useState } from 'react';
import { words } from '../../format/format.ts';
import type { ShownChain } from '../../market/figures/use-chain.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { dataAgeText } from './data-age-text.ts';
import { WatchdogMarks } from './watchdog-marks.tsx';

const TICK_MS = 1_000; // Ages are shown by the second.

/** Phases as a reader calls them; the others by their own words. */
const PHASES: Readonly<Record<string, string>> = { continuous: 'Market open', closed: 'Market closed' };

/**
 * Where the figures come from, the phase of the session, how old they are, and whether they are those that were asked
 * for; the same on every page.
 */
export function DataFacts({ chain, stale }: Pick<ShownChain, 'chain' | 'stale'>) {
  if (chain === null) return <p className="data-facts" />;
  const { source, session_phase: phase } = chain;
  return (
    <p className="data-facts">
      {source.startsWith('synthetic') ? (
        <strong className="synthetic">synthetic data</strong>
      ) : (
        <span>source: {source}</span>
      )}
      {phase !== null && <span>{PHASES[phase] ?? words(phase)}</span>}
      <DataAge key={`${chain.product} ${chain.expiry}`} chain={chain} />
      {stale !== null && <span className="flag">{stale}</span>}
      <WatchdogMarks />
    </p>
  );
}

/** Counted once a second by a clock of its own: the age at that moment, however often snapshots come. */
function DataAge({ chain }: { readonly chain: ChainView }) {
  const { storedAt: at } = useMarketView();
  const format = useFormat();
  const [counted, setCounted] = useState(() => ({ chain, now: Date.now() }));
  const count = useEffectEvent(() => setCounted({ chain, now: Date.now() }));
  useEffect(() => {
    if (at !== null) return;
    const timer = setInterval(() => count(), TICK_MS);
    return () => clearInterval(timer);
  }, [at]);
  const text =
    at === null ? dataAgeText(counted.chain, counted.now, format) : dataAgeText(chain, null, format);
  return <span className="data-age">{text}</span>;
}
