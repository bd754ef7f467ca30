const MS_PER_SECOND = 1_000;
const MINUTE_MS = 60 * MS_PER_SECOND;
const MS_PER_HOUR = 60 * MINUTE_MS;
const DAY_MS = 24 * MS_PER_HOUR;

/** `0.4 s`, `42 s`, `5 min`, `3 h`, `2 d`; nothing is shorter than 0. */
export function durationText(durationMs: number): string {
  const duration = Math.max(0, durationMs);
  if (duration < 10 * MS_PER_SECOND) return `${(duration / MS_PER_SECOND).toFixed(1)} s`;
  if (duration < 2 * MINUTE_MS) return `${Math.floor(duration / MS_PER_SECOND)} s`;
  if (duration < 2 * MS_PER_HOUR) return `${Math.floor(duration / MINUTE_MS)} min`;
  if (duration < 2 * DAY_MS) return `${Math.floor(duration / MS_PER_HOUR)} h`;
  return `${Math.floor(duration / DAY_MS)} d`;
}

const MILLISECONDS = /\b(\d+(?:\.\d+)?) ms\b/g;

/** What the server says, with the milliseconds in it as a person reads them: `no quote came for 30 s`. */
export const withDurations = (text: string): string =>
  text.replace(MILLISECONDS, (_, ms: string) => durationText(Number(ms)));
