/** An instant as a parameter of a statement; years after 9999 without the sign of ISO 8601. */
export const instant = (epochMs: number): string => new Date(epochMs).toISOString().replace(/^\+0*/, '');

/**
 * Epoch milliseconds of a timestamptz as text, "2026-08-19 12:00:00.5+00", in the time zone and style that connections
 * ask for. Throws RangeError for another, as behind a pooler that leaves out what a connection asked for.
 */
export function instantOf(text: string): number {
  const [, year, rest, time] = /^(\d{4,6})(-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/.exec(text) ?? [];
  if (year === undefined) {
    throw new RangeError(`"${text}" is not a time in UTC: set timezone UTC and datestyle ISO for this role`);
  }
  return Date.parse(`${year.length > 4 ? `+${year.padStart(6, '0')}` : year}${rest}T${time}Z`);
}
