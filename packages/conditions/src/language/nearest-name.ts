/**
 * Of these names the one that needs the fewest changes of a character, or swaps of two neighbours, to become `given`; null
 * where that is more than a third of it.
 */
export function nearestName(given: string, names: readonly string[]): string | null {
  let nearest: string | null = null;
  let fewest = Math.max(2, Math.floor(given.length / 3)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - given.length) >= fewest) continue;
    const changes = changesBetween(given.toLowerCase(), name.toLowerCase());
    if (changes < fewest) {
      fewest = changes;
      nearest = name;
    }
  }
  return nearest ?? extendedName(given, names);
}

/** The shortest name that has `given` as one of its words: `spot` is of `spot_price`. */
function extendedName(given: string, names: readonly string[]): string | null {
  const word = given.toLowerCase();
  const holding = names.filter((name) => name.toLowerCase().split('_').includes(word));
  return holding.toSorted((a, b) => a.length - b.length)[0] ?? null;
}

/** Distance of Damerau and Levenshtein, of neighbours that were swapped once. */
function changesBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
