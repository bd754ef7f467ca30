const MINUTE_MS = 60_000;
const MS_PER_HOUR = 60 * MINUTE_MS;
const DAY_MS = 24 * MS_PER_HOUR;

/** Times before the instant of the page, the first without a choice. */
export const RANGES = {
  '1h': { title: 'Last hour', ms: MS_PER_HOUR },
  '15m': { title: 'Last 15 minutes', ms: 15 * MINUTE_MS },
  '6h': { title: 'Last 6 hours', ms: 6 * MS_PER_HOUR },
  '24h': { title: 'Last 24 hours', ms: DAY_MS },
  '7d': { title: 'Last 7 days', ms: 7 * DAY_MS },
  '30d': { title: 'Last 30 days', ms: 30 * DAY_MS },
} as const;
export type RangeName = keyof typeof RANGES;
const DEFAULT_RANGE: RangeName = '1h';

/** The range of an address: one that moves with the page, or one of its own. ISO-8601; `to` is exclusive. */
export type LogRange = RangeName | { readonly from: string; readonly to: string };

const instant = (text: string | null): number => (text === null ? Number.NaN : Date.parse(text));

/** What an address says; a range that is none is the default. */
export function readRange(search: string): LogRange {
  const query = new URLSearchParams(search);
  const [from, to] = [instant(query.get('log-from')), instant(query.get('log-to'))];
  if (from < to) return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const name = query.get('log-range') ?? '';
  return Object.hasOwn(RANGES, name) ? (name as RangeName) : DEFAULT_RANGE;
}

export function writeRange(query: URLSearchParams, range: LogRange): void {
  for (const name of ['log-from', 'log-to', 'log-range']) query.delete(name);
  if (typeof range === 'object') {
    query.set('log-from', range.from);
    query.set('log-to', range.to);
  } else if (range !== DEFAULT_RANGE) query.set('log-range', range);
}

/** A range as instants. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** It ends now: lines that come are of it, whatever the clock of this machine says. */
  readonly isOpen: boolean;
}

/** `at` is the instant that the page shows, null for live, which is `nowMs`. */
export function spanOf(range: LogRange, at: string | null, nowMs: number): Span {
  if (typeof range === 'object')
    return { fromMs: Date.parse(range.from), toMs: Date.parse(range.to), isOpen: false };
  const toMs = at === null ? nowMs : Date.parse(at);
  return { fromMs: toMs - RANGES[range].ms, toMs, isOpen: at === null };
}

/** As the routes of the log are asked for it. */
export const requestOfSpan = ({ fromMs, toMs, isOpen }: Span): { from: string; to?: string } => ({
  from: new Date(fromMs).toISOString(),
  ...(!isOpen && { to: new Date(toMs).toISOString() }),
});

/** Steps that a reader can name, in seconds. */
const STEPS = [1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

/** Seconds of a step, so that there are at most `most` of them; the longest that the server takes for more. */
export const stepOf = ({ fromMs, toMs }: Span, most: number): number =>
  STEPS.find((step) => (toMs - fromMs) / (step * 1_000) <= most) ?? 86_400;

/** `2026-11-28T10:00:00` of a field that has no zone, and which is UTC, as ISO-8601; null where it is not a timestamp. */
export function instantOfField(text: string): string | null {
  const ms = Date.parse(`${text}Z`);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

export const fieldOfInstant = (iso: string): string => iso.slice(0, 19);
