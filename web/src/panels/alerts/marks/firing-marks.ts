import type { ResponseOf, Routes } from '@deltastream/client';
import type { TimeMark } from '../../../charts/time-marks.ts';

type Firing = ResponseOf<Routes['listAlertFirings']>['firings'][number];

export interface MarkedChart {
  readonly product: string;
  /** Firings for another expiry are not marked; null where the chart is of no expiry. */
  readonly expiry: string | null;
  /** The instant that is shown, ISO-8601; null while live. */
  readonly storedAt: string | null;
}

/** Firings are asked for once for each hour that a replay passes: a request a minute at 60 times the speed of the clock. */
const HOUR_MS = 3_600_000;

/**
 * Until when firings are asked for, exclusive: the end of the hour of the instant, so that a replay does not ask at each of
 * its steps. Nothing while live.
 */
export const askedUntil = (storedAt: string | null): string | undefined =>
  storedAt === null
    ? undefined
    : new Date((Math.floor(Date.parse(storedAt) / HOUR_MS) + 1) * HOUR_MS).toISOString();

/** Those of the firings that belong on a chart, without any that came after the instant that is shown. */
export function marksOf(firings: readonly Firing[], { product, expiry, storedAt }: MarkedChart): TimeMark[] {
  const until = storedAt === null ? Number.POSITIVE_INFINITY : Date.parse(storedAt);
  return firings
    .filter((each) => each.product === product)
    .filter((each) => expiry === null || each.expiry === null || each.expiry === expiry)
    .map(({ at, rule }) => ({ timestamp: Date.parse(at), text: rule }))
    .filter(({ timestamp }) => timestamp <= until);
}
