import { BLOCK_HOUR_MS, type FigureBlockCodec } from '../../codec/figure-block.ts';
import type { ListRange, TimeRange } from '../../ports/stores/market/market-store.ts';
import { type HourBlocks, hourEnd, kindOf, openBlock, pointsOf } from './hour-blocks.ts';
import { type Cells, hourOf, MINUTE_MS, QUARTER_MS } from './merge-figures.ts';

type Span = Pick<TimeRange, 'fromMs' | 'toMs'>;

/** How far the figures of a series are rolled up. */
export interface RolledState {
  /** Hours before it are in blocks, and those of them that rows came to since are between `late` besides. */
  readonly rolledTo: number;
  /** Rows before it may have been removed. */
  readonly rowsFrom: number;
  /** From the first to the last hour of those asked for that rows came to after it was rolled up; null: none. */
  readonly late: { readonly first: number; readonly last: number } | null;
}

/** The figures of one series as a store on a server keeps them: in rows, and in blocks where they are rolled up. */
export interface RolledSource {
  readonly series: string;
  readonly codec: FigureBlockCodec;
  /** To be read before blocks and rows: what is rolled up later is found in both. */
  state(range: Span): Promise<RolledState>;
  /** Blocks of hours that begin within a range, ascending, up to the limit, from the end that is taken. */
  blocks(range: ListRange): Promise<HourBlocks[]>;
  /** Of each range the last hour that begins in it: its quarters, ascending; the same hour may be there twice. */
  lastQuarters(ranges: readonly Span[]): Promise<HourBlocks[]>;
  /** The last row of each interval, the time and the figures at `chosen` places of the kind. */
  lastRows(starts: readonly number[], toMs: number, chosen: readonly number[]): Promise<Cells[]>;
  /** Rows with all figures of the kind, ascending. */
  rows(range: ListRange): Promise<Cells[]>;
}

/** Blocks read at a time. */
const BLOCK_PAGE = 64;
/** How often a read begins again because rows or minutes were removed meanwhile, which happens once a day. */
const MAX_TRIES = 3;

/**
 * The last figures of each interval that has any: the time and those at the `chosen` places of the kind. Intervals begin
 * at `starts`, which ascend, and end where the next begins, the last one at `toMs`.
 */
export function lastOfIntervals(
  source: RolledSource,
  starts: readonly number[],
  toMs: number,
  chosen: readonly number[],
): Promise<Cells[]> {
  if (starts.length === 0 || starts[0] >= toMs) return Promise.resolve([]);
  const span = { fromMs: starts[0], toMs };
  return steadily(source, span, async (state) => {
    const last = createLast(starts);
    const inBlocks = Math.min(toMs, state.rolledTo);
    const spans: Span[] = [];
    if (span.fromMs < inBlocks) {
      const damaged = await readBlocks(source, state, starts, inBlocks, chosen, last.offer);
      spans.push(...damaged, ...betweenMinutes(starts, inBlocks));
    }
    if (state.late !== null) spans.push({ fromMs: state.late.first, toMs: hourEnd(state.late.last) });
    if (toMs > state.rolledTo) spans.push({ fromMs: state.rolledTo, toMs });
    // Of the same instant a row wins, which may be newer than its block.
    for (const each of spans) {
      const [fromMs, endMs] = [Math.max(each.fromMs, span.fromMs), Math.min(each.toMs, toMs)];
      if (fromMs >= endMs) continue;
      const inside = starts.filter((start) => start > fromMs && start < endMs);
      for (const row of await source.lastRows([fromMs, ...inside], endMs, chosen)) last.offer(row);
    }
    return last.found();
  });
}

/** Every row, and of the time whose rows were removed what blocks have, with all figures, ascending. */
export function listFigures(source: RolledSource, range: ListRange): Promise<Cells[]> {
  if (range.limit <= 0 || range.fromMs >= range.toMs) return Promise.resolve([]);
  return steadily(source, range, async ({ rowsFrom }) => {
    if (range.fromMs >= rowsFrom) return source.rows(range);
    // Rows first: those that are removed meanwhile are in the blocks by then.
    const rows = await source.rows(range);
    const isFull = rows.length >= range.limit;
    // Nothing before the first of the last rows that were asked for, nor after the last of the first.
    const missing = !isFull
      ? range
      : range.take === 'last'
        ? { ...range, fromMs: Number(rows[0][0]) }
        : { ...range, toMs: Number(rows[rows.length - 1][0]) };
    const points = new Map<number, Cells>();
    for (const point of await pointsBefore(source, missing, rowsFrom)) points.set(Number(point[0]), point);
    for (const row of rows) points.set(Number(row[0]), row);
    const ascending = [...points.values()].sort((a, b) => Number(a[0]) - Number(b[0]));
    return range.take === 'last' ? ascending.slice(-range.limit) : ascending.slice(0, range.limit);
  });
}

/** Reads again when rows were removed meanwhile, which the read may have taken for being there. */
async function steadily<T>(
  source: RolledSource,
  span: Span,
  read: (state: RolledState) => Promise<T>,
): Promise<T> {
  let state = await source.state(span);
  for (let tries = 1; ; tries++) {
    const found = await read(state);
    const after = await source.state(span);
    if (after.rowsFrom === state.rowsFrom || tries === MAX_TRIES) return found;
    state = after;
  }
}

/** The latest point that was offered to each interval. */
function createLast(starts: readonly number[]) {
  const held: (Cells | undefined)[] = new Array(starts.length);
  return {
    /** A point within the intervals; of two of one instant the one that is offered later stays. */
    offer(point: Cells): void {
      const time = Number(point[0]);
      let [low, high] = [0, starts.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle] <= time) low = middle;
        else high = middle - 1;
      }
      const before = held[low];
      if (before === undefined || time >= Number(before[0])) held[low] = point;
    },
    found: (): Cells[] => held.filter((point) => point !== undefined),
  };
}

type Offer = (point: Cells) => void;

/**
 * Offers what blocks have of intervals up to `toMs`: where they are long their quarters, which are small. Resolves with
 * the hours of damaged blocks whose rows are all there.
 */
async function readBlocks(
  source: RolledSource,
  { rowsFrom }: RolledState,
  starts: readonly number[],
  toMs: number,
  chosen: readonly number[],
  offer: Offer,
): Promise<Span[]> {
  const isSparse =
    toMs - starts[0] >= starts.length * QUARTER_MS && starts.every((start) => start % QUARTER_MS === 0);
  // The quarter that the last interval ends in is read by the minute.
  const cut = !isSparse ? starts[0] : toMs % QUARTER_MS === 0 ? toMs : Math.max(starts[0], hourOf(toMs));
  const damaged: Span[] = [];
  /** Offers the points of a block within a range; whether it has any. */
  const take = ({ hour }: HourBlocks, data: Uint8Array, fromMs: number, endMs: number): boolean => {
    const { series, codec } = source;
    const block = openBlock(codec, { series, hour }, data, hour >= rowsFrom);
    if (block === null) {
      damaged.push({ fromMs: hour, toMs: hourEnd(hour) });
      return false;
    }
    const points = pointsOf(block, series, chosen, fromMs, endMs);
    for (const point of points) offer(point);
    return points.length > 0;
  };
  const last = starts.findLastIndex((start) => start < cut);
  await readQuarters(source, starts.slice(0, last + 1), cut, take);
  for (let fromMs = hourOf(cut); cut < toMs && fromMs < toMs; ) {
    const found = await source.blocks({ fromMs, toMs, limit: BLOCK_PAGE });
    for (const each of found) take(each, each.minutes ?? each.quarters, cut, toMs);
    if (found.length < BLOCK_PAGE) break;
    fromMs = hourEnd(found[found.length - 1].hour);
  }
  return damaged;
}

/** Of each interval the last hour that has anything in it. */
async function readQuarters(
  source: RolledSource,
  starts: readonly number[],
  toMs: number,
  take: (blocks: HourBlocks, data: Uint8Array, fromMs: number, endMs: number) => boolean,
): Promise<void> {
  let left = starts.map((fromMs, i) => ({ fromMs, toMs: starts[i + 1] ?? toMs }));
  while (left.length > 0) {
    const found = new Map<number, HourBlocks>();
    for (let i = 0; i < left.length; i += BLOCK_PAGE) {
      const page = left.slice(i, i + BLOCK_PAGE).map((each) => ({ ...each, fromMs: hourOf(each.fromMs) }));
      for (const each of await source.lastQuarters(page)) found.set(each.hour, each);
    }
    const hours = [...found.keys()].sort((a, b) => a - b);
    left = left.flatMap(({ fromMs, toMs: endMs }) => {
      const hour = hours.findLast((each) => each < endMs && each >= hourOf(fromMs));
      const blocks = hour === undefined ? undefined : found.get(hour);
      if (blocks === undefined || take(blocks, blocks.quarters, fromMs, endMs)) return [];
      // All of it is of the intervals beside this one.
      return blocks.hour > fromMs ? [{ fromMs, toMs: blocks.hour }] : [];
    });
  }
}

/** Where intervals end within a minute: a block has the last figures of it, rows those before that end. */
function betweenMinutes(starts: readonly number[], toMs: number): Span[] {
  if (starts.some((start, i) => i > 0 && start % MINUTE_MS !== 0)) return [{ fromMs: starts[0], toMs }];
  return toMs % MINUTE_MS === 0 ? [] : [{ fromMs: toMs - (toMs % MINUTE_MS), toMs }];
}

/** Points of blocks of hours before `endMs`, at most `limit` or an hour more, from the end of the range that is taken. */
async function pointsBefore(
  source: RolledSource,
  { fromMs, toMs, limit, take }: ListRange,
  endMs: number,
): Promise<Cells[]> {
  const chosen = kindOf(source.series).ids.map((_, place) => place);
  const found: Cells[] = [];
  const pageSize = Math.min(BLOCK_PAGE, limit);
  let [first, last] = [hourOf(fromMs), Math.min(toMs, endMs)];
  if (fromMs >= last) return found;
  while (found.length < limit && first < last) {
    const page = await source.blocks({ fromMs: first, toMs: last, limit: pageSize, take });
    for (const { hour, minutes, quarters } of take === 'last' ? page.reverse() : page) {
      const block = openBlock(source.codec, { series: source.series, hour }, minutes ?? quarters, false);
      if (block !== null) found.push(...pointsOf(block, source.series, chosen, fromMs, toMs));
      if (take === 'last') last = hour;
      else first = hour + BLOCK_HOUR_MS;
      if (found.length >= limit) break;
    }
    if (page.length < pageSize) break;
  }
  return found;
}
