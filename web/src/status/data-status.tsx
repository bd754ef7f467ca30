import type { ConnectionState, MarketStatus } from '@deltastream/client';
import { dataStatusText, otherProblems } from './data-status-text.ts';

interface DataLabelProps {
  readonly state: ConnectionState;
  readonly status: MarketStatus | null;
  readonly product: string | null;
}

/** Whether figures come; the dot repeats in colour what the words say. */
export function DataLabel({ state, status, product }: DataLabelProps) {
  const { kind, text } = dataStatusText(state, status, product);
  return (
    <p className={`connection ${kind}`} role="status">
      {text}
    </p>
  );
}

export function ProblemBanner({ status }: { readonly status: MarketStatus | null }) {
  const problems = otherProblems(status);
  if (problems.length === 0) return null;
  const keeps = status?.status === 'live' && status.problems?.some(({ part }) => part === 'storage');
  return (
    <p className="banner" role="alert">
      {problems.join('; ')}.{keeps ? ' Figures are live, and are not stored meanwhile.' : ''}
    </p>
  );
}
