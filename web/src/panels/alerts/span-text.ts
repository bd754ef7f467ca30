const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

const SPAN = /^(\d+)\s*(s|min|m|h|d)?$/;

/** A span of time without loss, in the longest unit that it is a whole number of: `90 s`, `5 min`, `1 h`. */
export function spanText(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds > 0 && seconds % each === 0) ?? ['s', 1];
  return `${seconds / size} ${unit}`;
}

/** What a reader typed, in seconds: `90 s`, `5 min`, `1 h`, `2 d`, or seconds alone; nothing is 0. Null where it is none of these. */
export function secondsOf(text: string): number | null {
  if (text.trim() === '') return 0;
  const [, count, unit = 's'] = SPAN.exec(text.trim()) ?? [];
  if (count === undefined) return null;
  const name = unit === 'm' ? 'min' : unit;
  return Number(count) * (UNITS.find(([each]) => each === name)?.[1] ?? 1);
}
