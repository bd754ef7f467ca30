const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** Chains come every second or so; over less, a change is that of one chain. */
const MIN_SPAN_MS = 10_000;
/** What was longer ago belongs to another session: `previous_close` is for that. */
const MAX_SPAN_MS = 86_400_000;

/** Milliseconds of a span such as "15m"; null where it is none. */
export function readSpan(text: string): number | null {
  const [, count, unit] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  if (count === undefined) return null;
  const span = Number(count) * UNIT_MS[unit];
  return span >= MIN_SPAN_MS && span <= MAX_SPAN_MS ? span : null;
}
