import { useChain } from '../../market/figures/use-chain.ts';
import { replayOf } from '../../market/status/replay-text.ts';
import { useConnectionState, useMarketStatus } from '../../market/status/use-market-status.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { dataStatusText, otherProblems } from './data-status-text.ts';
import { useFreshness } from './use-freshness.ts';

/**
 * Whether figures of the product and expiry that are shown come, or which instant is; the dot repeats in colour what
 * the words say.
 */
export function DataLabel() {
  const state = useConnectionState();
  const status = useMarketStatus();
  const { product, expiry, at } = useMarketView();
  const shownChain = useChain();
  const freshness = useFreshness(shownChain);
  const timestamp = shownChain.chain?.timestamp ?? null;
  const source = shownChain.chain?.source ?? null;
  const replay = replayOf(status, product?.product ?? null);
  const shown = { product: product?.product ?? null, expiry, at, freshness, timestamp, source, replay };
  const { kind, text } = dataStatusText(state, status, shown, useFormat());
  return (
    // An instant that is dragged or played would be read out at each step.
    <p className={`connection ${kind}`} role="status" aria-live={kind === 'as-of' ? 'off' : 'polite'}>
      {text}
    </p>
  );
}

export function ProblemBanner() {
  const status = useMarketStatus();
  const { timeOfDay } = useFormat();
  const problems = otherProblems(status, timeOfDay);
  if (problems.length === 0) return null;
  const keeps = status?.status === 'live' && status.problems?.some(({ part }) => part === 'storage');
  return (
    <p className="banner" role="alert">
      {problems.join('; ')}.{keeps ? ' Figures are live, and are not stored meanwhile.' : ''}
    </p>
  );
}
