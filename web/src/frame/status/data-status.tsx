import type { ConnectionState, MarketStatus } from '@deltastream/client';
import { useMarketStatus } from '../../market/use-market-status.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { dataStatusText, otherProblems } from './data-status-text.ts';

interface DataLabelProps {
  readonly state: ConnectionState;
  readonly status: MarketStatus | null;
  readonly product: string | null;
}

/** Whether figures come; the dot repeats in colour what the words say. */
export function DataLabel({ state, status, product }: DataLabelProps) {
  const { timeOfDay } = useFormat();
  const { kind, text } = dataStatusText(state, status, product, timeOfDay);
  return (
    <p className={`connection ${kind}`} role="status">
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
