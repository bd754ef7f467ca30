/** What holds from a calendar date of the exchange on, until the next entry. */
export interface Dated {
  readonly from: string;
}

/** The entry in force on a date of a history, oldest first; null before the first one. Dates compare as text. */
export function inForce<T extends Dated>(history: readonly T[], date: string): T | null {
  let found: T | null = null;
  for (const entry of history) {
    if (entry.from > date) break;
    found = entry;
  }
  return found;
}

/** Two histories as one: an entry of `later` takes the place of the one with the same date. */
export function mergeHistories<T extends Dated>(earlier: readonly T[], later: readonly T[]): T[] {
  const byDate = new Map([...earlier, ...later].map((entry) => [entry.from, entry]));
  return [...byDate.values()].sort((a, b) => (a.from < b.from ? -1 : 1));
}
