/** As many as there are colours and symbols for. */
export const MAX_PICKS = 5;

/** Expiries out of `2026-12-01,2026-12-08`: those that are listed, in their order; without any, the one shown. */
export function picksOf(text: string, listed: readonly string[], shown: string | null): readonly string[] {
  const named = new Set(text.split(','));
  const picks = listed.filter((expiry) => named.has(expiry)).slice(0, MAX_PICKS);
  return picks.length > 0 || shown === null ? picks : [shown];
}

/** With the expiry added, or taken away unless it is the last. */
export function togglePick(picks: readonly string[], expiry: string): readonly string[] {
  if (!picks.includes(expiry)) return [...picks, expiry].sort();
  return picks.length === 1 ? picks : picks.filter((each) => each !== expiry);
}
