import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { ShownChain } from '../../market/figures/use-chain.ts';
import { replayOf } from '../../market/status/replay-text.ts';
import { useMarketStatus } from '../../market/status/use-market-status.ts';
import { type Arrivals, type Freshness, freshnessOf, withArrival, withGap } from './freshness.ts';

const TICK_MS = 1_000; // What stops is seen to have stopped within this time.

/** Whether the chain that is shown still comes live, judged at each snapshot and each second. */
export function useFreshness({ chain, live }: Pick<ShownChain, 'chain' | 'live'>): Freshness {
  const status = useMarketStatus();
  const arrivals = useRef<Arrivals | null>(null);
  const [freshness, setFreshness] = useState<Freshness>('none');
  const judge = useEffectEvent(() => {
    // A tab that is not seen draws nothing, so that what it last drew says nothing.
    if (document.hidden) {
      arrivals.current = withGap(arrivals.current);
      return;
    }
    const now = performance.now();
    if (chain !== null) arrivals.current = withArrival(arrivals.current, chain, now);
    if (!live) arrivals.current = withGap(arrivals.current);
    const replayed = chain !== null && replayOf(status, chain.product) !== null;
    const isOfNow = status !== null && status.feed?.source !== 'replay' && !replayed;
    const serverNow = isOfNow ? Date.now() - status.aheadMs : null;
    const arrived = arrivals.current ?? { at: now, pacesMs: [] };
    setFreshness(freshnessOf({ chain, live }, arrived, { now, serverNow }));
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: judged anew for each snapshot.
  useEffect(() => judge(), [chain, live]);
  useEffect(() => {
    const timer = setInterval(() => judge(), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return freshness;
}
