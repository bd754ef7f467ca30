import type { Format } from '../format/format.ts';
import type { Tokens } from '../style/tokens.ts';

/** A price that matters on an axis of strikes or prices: the spot, max pain, a wall. */
export interface Level {
  readonly name: string;
  /** Null where there is none; it is not marked then. */
  readonly value: number | null;
  readonly colour?: keyof Tokens;
}

/** A level as it is drawn: levels at one price share a line, and `row` keeps the labels of neighbours apart. */
interface Mark {
  readonly names: readonly string[];
  readonly value: number;
  readonly row: number;
  readonly colour: keyof Tokens;
}

/** Pixels of a label such as `Most calls 24,500`, with room beside it; and those beside the drawing, of its axis. */
const LABEL_WIDTH = 112;
const AXIS_WIDTH = 90;
const ROW_HEIGHT = 14;
const LEGEND_HEIGHT = 26;

/**
 * The levels between `low` and `high` on a chart so many pixels wide, each label in the first row in which its neighbour
 * leaves it room.
 */
export function placeMarks(
  levels: readonly Level[],
  low: number,
  high: number,
  width: number,
): readonly Mark[] {
  const byValue = new Map<number, { names: string[]; colour: keyof Tokens }>();
  for (const { name, value, colour = 'muted' } of levels) {
    if (value === null || value < low || value > high) continue;
    const same = byValue.get(value);
    if (same) same.names.push(name);
    else byValue.set(value, { names: [name], colour });
  }
  const room = (LABEL_WIDTH / Math.max(1, width - AXIS_WIDTH)) * (high - low);
  const rowEnds: number[] = [];
  return [...byValue]
    .toSorted(([a], [b]) => a - b)
    .map(([value, { names, colour }]) => {
      const free = rowEnds.findIndex((end) => value - end >= room);
      const row = free === -1 ? rowEnds.length : free;
      rowEnds[row] = value;
      return { names, value, row, colour };
    });
}

/** Room above the drawing for the legend and the labels of the marks. */
export const topOf = (marks: readonly Mark[]): number =>
  LEGEND_HEIGHT + ROW_HEIGHT * (1 + Math.max(0, ...marks.map(({ row }) => row)));

/** The `markLine` of a series of ECharts for lines across its axis `xAxis`. */
export const markLines = (marks: readonly Mark[], tokens: Tokens, format: Format) => ({
  symbol: 'none',
  silent: true,
  animation: false,
  data: marks.map(({ names, value, row, colour }) => ({
    xAxis: value,
    lineStyle: { color: tokens[colour], width: 1, type: names.includes('Spot') ? 'solid' : 'dashed' },
    label: {
      formatter: `${names.join(', ')} ${levelText(names, value, format)}`,
      color: tokens[colour],
      fontSize: 11,
      distance: 3 + row * ROW_HEIGHT,
    },
  })),
});

/** A price keeps its decimals from one snapshot to the next, also where they are 0; a strike has none to keep. */
function levelText(names: readonly string[], value: number, { strike, price }: Format): string {
  return (Number.isInteger(value) && !names.includes('Spot') ? strike : price)(value);
}
