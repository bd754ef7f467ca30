import { REALISED_KINDS, REALISED_WINDOWS } from '@deltastream/contracts';
import { annualised, realisedVolatility } from '@deltastream/quant';
import type { SessionBar } from './sessions/session-history.ts';

type RealisedKind = (typeof REALISED_KINDS)[number];

export type RealisedWindow = { readonly sessions: (typeof REALISED_WINDOWS)[number] } & Readonly<
  Record<RealisedKind, number | null>
>;

/** Variance of each session from the close before to its own close; one fewer than there are sessions. */
export function fullVariances(bars: readonly SessionBar[]): number[] {
  return bars.slice(1).map(({ open, variance }, i) => Math.log(open / bars[i].close) ** 2 + variance);
}

/** Realised volatility over each window by every estimator, from sessions with prices, oldest first. */
export function realisedWindows(bars: readonly SessionBar[], sessionsPerYear: number): RealisedWindow[] {
  const prices = {
    open: bars.map(({ open }) => open),
    high: bars.map(({ high }) => high),
    low: bars.map(({ low }) => low),
    close: bars.map(({ close }) => close),
  };
  const variances = fullVariances(bars);
  const intraday = (sessions: number) => {
    if (variances.length < sessions) return null;
    const sum = variances.slice(-sessions).reduce((total, each) => total + each, 0);
    return annualised(sum / sessions, sessionsPerYear);
  };
  return REALISED_WINDOWS.map((sessions) => {
    const of = (kind: RealisedKind) =>
      kind === 'intraday' ? intraday(sessions) : realisedVolatility(prices, kind, sessions, sessionsPerYear);
    const values = Object.fromEntries(REALISED_KINDS.map((kind) => [kind, of(kind)]));
    return { sessions, ...values } as RealisedWindow;
  });
}
