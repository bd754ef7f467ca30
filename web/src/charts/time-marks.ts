import type { Series } from './series.ts';

/** Something that happened at an instant, marked on a chart over time. Time in UTC milliseconds. */
export interface TimeMark {
  readonly timestamp: number;
  readonly text: string;
}

/** The marks of one point of a chart, in the order in which they happened. */
export interface PlacedMarks {
  readonly timestamp: number;
  readonly texts: readonly string[];
}

/** As many are named in the text of a chart; its table has all. */
const NAMED = 5;
/** The finest resolution of figures over time; one point alone does not say its own. */
const FINEST_MS = 60_000;

/** What the time of a point is: that of its figures, such as the last snapshot of a minute, or the start of its bar. */
export type PointTime = 'instant' | 'start';

/**
 * Each mark at its point: the bar that it happened in, or the point that is nearest to it. Those that happened before the
 * first point are left out, unless they are as near to it as points are to each other.
 */
export function placeMarks(
  marks: readonly TimeMark[],
  timestamps: readonly number[],
  time: PointTime,
): ReadonlyMap<number, PlacedMarks> {
  const points = [...new Set(timestamps)].toSorted((a, b) => a - b);
  const pointOf = time === 'start' ? barOf : nearestOf;
  const placed = new Map<number, { timestamp: number; texts: string[] }>();
  for (const mark of marks.toSorted((a, b) => a.timestamp - b.timestamp)) {
    const timestamp = pointOf(points, mark.timestamp);
    if (timestamp === undefined) continue;
    const same = placed.get(timestamp);
    if (same) same.texts.push(mark.text);
    else placed.set(timestamp, { timestamp, texts: [mark.text] });
  }
  return placed;
}

const barOf = (starts: readonly number[], timestamp: number): number | undefined =>
  starts.findLast((each) => each <= timestamp);

function nearestOf(points: readonly number[], timestamp: number): number | undefined {
  const after = points.findIndex((each) => each >= timestamp);
  if (after === -1) return points.at(-1);
  if (after > 0) {
    const before = points[after - 1];
    return timestamp - before < points[after] - timestamp ? before : points[after];
  }
  const [first, second = first] = points;
  return first - timestamp <= Math.max(second - first, FINEST_MS) ? first : undefined;
}

export const timestampsOf = (series: Series): readonly number[] =>
  (series.kind === 'candles' ? series.candles : series.points).map(({ timestamp }) => timestamp);

/** `2 times PCR high, IV low`: each text once, the most recent first. */
export function marksText(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts.toReversed()) counts.set(text, (counts.get(text) ?? 0) + 1);
  const named = [...counts]
    .slice(0, NAMED)
    .map(([text, count]) => (count === 1 ? text : `${count} times ${text}`));
  const more = counts.size - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** How many marks there are. */
export const countOf = (placed: Iterable<PlacedMarks>): number =>
  [...placed].reduce((sum, { texts }) => sum + texts.length, 0);

/** What the text of a chart says of its alerts, after what it says of its figures; nothing where there are none. */
export function alertsText(placed: ReadonlyMap<number, PlacedMarks>): string {
  const texts = [...placed.values()].flatMap((each) => each.texts);
  if (texts.length === 0) return '';
  return `; ${texts.length === 1 ? '1 alert' : `${texts.length} alerts`} fired: ${marksText(texts)}`;
}
