import { LAST_INSTANT_MS } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { durationMs } from './logql/tokens.ts';
import type { Steps } from './metrics-query.ts';
import type { TimeRange } from './selection.ts';

/** The parameters of a request, as they stand in its address; one that is not known is not looked at, as Loki does. */
export interface Parameters {
  text(name: string): string | undefined;
  /** Rejects where it is missing. */
  required(name: string): string;
  all(name: string): string[];
  integer(name: string, fallback: number, most: number): number;
  range(nowMs: number): TimeRange;
  instant(name: string): number | undefined;
  steps(nowMs: number): Steps;
  order(): 'newest' | 'oldest';
}

const HOUR_MS = 3_600_000; // Loki's own: what is asked for where nobody says since when.
/** Values of one series: Loki's own bound. */
const MAX_STEPS = 11_000;
const STEPS_WITHOUT_ASKING = 250; // Loki's own: a step is this part of the time that is asked for.

export function parametersOf(query: unknown): Parameters {
  const given = query as Readonly<Record<string, string | readonly string[] | undefined>>;
  const all = (name: string): string[] => [given[name] ?? []].flat();
  const text = (name: string): string | undefined => all(name).find((value) => value !== '');
  const instant = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const ms = instantMs(value);
    if (ms === null)
      throw invalid(`${name}: ${JSON.stringify(value.slice(0, 40))} is no time; send nanoseconds`);
    return ms;
  };
  const range = (nowMs: number): TimeRange => {
    const toMs = instant('end') ?? nowMs;
    const since = text('since');
    const sinceMs = since === undefined ? HOUR_MS : durationMs(since);
    if (sinceMs === null) throw invalid('since: is no duration such as 1h');
    const fromMs = instant('start') ?? Math.max(0, toMs - sinceMs);
    if (fromMs > toMs) throw invalid('end timestamp must not be before or equal to start time');
    return { fromMs, toMs };
  };
  return {
    text,
    all,
    instant,
    range,
    required(name) {
      const value = text(name);
      if (value === undefined) throw invalid(`${name}: is missing`);
      return value;
    },
    integer(name, fallback, most) {
      const value = text(name);
      if (value === undefined) return fallback;
      if (!/^\d{1,9}$/.test(value) || Number(value) < 1) throw invalid(`${name}: is not an integer above 0`);
      if (Number(value) <= most) return Number(value);
      throw invalid(`max entries limit per query exceeded, ${name} > max_entries_limit (${value} > ${most})`);
    },
    steps(nowMs) {
      const { fromMs, toMs } = range(nowMs);
      const given = text('step');
      const fallback = Math.max(1_000, Math.floor((toMs - fromMs) / STEPS_WITHOUT_ASKING / 1_000) * 1_000);
      const stepMs = given === undefined ? fallback : stepOf(given);
      if (stepMs === null || stepMs < 1) throw invalid('step: is no duration such as 15s, of 1ms or more');
      const count = Math.floor((toMs - fromMs) / stepMs) + 1;
      if (count > MAX_STEPS) {
        throw invalid(
          `exceeded maximum resolution of ${MAX_STEPS} points per time series; ask for a longer step or less time`,
        );
      }
      return { firstMs: fromMs, stepMs, count };
    },
    order() {
      const direction = (text('direction') ?? 'backward').toLowerCase();
      if (direction === 'backward') return 'newest';
      if (direction === 'forward') return 'oldest';
      throw invalid('direction: is forward or backward');
    },
  };
}

const stepOf = (text: string): number | null =>
  /^\d+(?:\.\d+)?$/.test(text) ? Math.trunc(Number(text) * 1_000) : durationMs(text);

/** Up to as many digits an integer says seconds; with more nanoseconds. As Loki does. */
const DIGITS_OF_SECONDS = 10;
const NANOS_PER_MS = 1_000_000n; // By definition of the units.

/**
 * Milliseconds of nanoseconds, seconds or an instant of RFC 3339; null when it says none. Rounded up: entries have integer
 * milliseconds, so that neither an inclusive start nor an exclusive end lets in another one.
 */
function instantMs(text: string): number | null {
  let ms = Number.NaN;
  if (/^\d{1,19}$/.test(text)) {
    const isSeconds = text.length <= DIGITS_OF_SECONDS;
    ms = isSeconds ? Number(text) * 1_000 : Number((BigInt(text) + NANOS_PER_MS - 1n) / NANOS_PER_MS);
  } else if (/^\d{1,10}\.\d+$/.test(text)) ms = Math.ceil(Number(text) * 1_000);
  else if (/^\d{4}-\d\d-\d\dT/.test(text)) ms = Date.parse(text);
  return ms >= 0 && ms <= LAST_INSTANT_MS ? ms : null;
}

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
