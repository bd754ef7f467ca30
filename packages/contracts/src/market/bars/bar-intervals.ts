/** Bar lengths that are computed live and stored; longer ones are rolled up from these. */
export const STORED_INTERVALS = ['1m', '5m', '15m'] as const;
export const BAR_INTERVALS = [...STORED_INTERVALS, '1h', '1d'] as const;

const MINUTE_MS = 60_000;

export const INTERVAL_MS: Readonly<Record<(typeof BAR_INTERVALS)[number], number>> = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '1d': 24 * 60 * MINUTE_MS,
};

export type StoredInterval = (typeof STORED_INTERVALS)[number];
export type BarInterval = (typeof BAR_INTERVALS)[number];
