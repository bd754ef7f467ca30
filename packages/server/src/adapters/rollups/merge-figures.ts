import { BLOCK_HOUR_MS, type FigureBlock, type FigureColumns } from '../../codec/figure-block.ts';

/** A row of figures: numbers, or null. */
export type Cells = readonly (number | null)[];

export const MINUTE_MS = 60_000;
/** A day of every exchange begins with a quarter of an hour, so that the last figures of a day are those of one of them. */
export const QUARTER_MS = 15 * MINUTE_MS;

/** The beginning of the hour that an instant lies in. */
export const hourOf = (epochMs: number): number => Math.floor(epochMs / BLOCK_HOUR_MS) * BLOCK_HOUR_MS;

/** Figures as a block that was read has them. */
export const asBlock = ({ timestamps, columns }: FigureColumns): FigureBlock => ({
  timestamps,
  ids: () => columns.keys(),
  column: (id) => columns.get(id) ?? null,
});

/**
 * The last figures of each slot of an hour, of a block of it and of rows that are stored; of the same instant those of
 * the row. It does not matter how often, and in which order, rows are merged.
 *
 * @param ids of the values of a row, which follow its time at `timeAt`
 */
export function mergeFigures(
  block: FigureBlock | null,
  rows: readonly Cells[],
  timeAt: number,
  ids: readonly number[],
  slotMs: number,
): FigureColumns {
  const slots = new Map<number, Slot>();
  for (const [at, timestamp] of (block?.timestamps ?? []).entries()) {
    slots.set(Math.floor(timestamp / slotMs), { timestamp, row: null, at });
  }
  for (const row of rows) {
    const timestamp = Number(row[timeAt]);
    const slot = Math.floor(timestamp / slotMs);
    const held = slots.get(slot);
    if (held !== undefined && timestamp < held.timestamp) continue;
    slots.set(slot, { timestamp, row, at: timestamp === held?.timestamp ? held.at : -1 });
  }
  const points = [...slots.values()].sort((a, b) => a.timestamp - b.timestamp);
  const known = ids.map((id) => ({ id, before: block?.column(id) ?? null }));
  const columns = new Map<number, Float64Array>();
  const add = (id: number, cellOf: (slot: Slot) => number | null | undefined) =>
    columns.set(
      id,
      Float64Array.from(points, (slot) => cellOf(slot) ?? Number.NaN),
    );
  for (const [place, { id, before }] of known.entries()) {
    add(id, ({ row, at }) => (row === null ? before?.[at] : row[timeAt + 1 + place]));
  }
  // Figures that only a newer release knows stay where the row is the one that they were stored with.
  const isSame = ({ row, at }: Slot) =>
    row === null ||
    (at >= 0 &&
      known.every(({ before }, place) =>
        Object.is(before?.[at] ?? Number.NaN, row[timeAt + 1 + place] ?? Number.NaN),
      ));
  for (const id of block?.ids() ?? []) {
    const before = block?.column(id);
    if (!columns.has(id)) add(id, (slot) => (isSame(slot) ? before?.[slot.at] : null));
  }
  return { timestamps: Float64Array.from(points, ({ timestamp }) => timestamp), columns };
}

interface Slot {
  readonly timestamp: number;
  /** Null where its figures are those of the block. */
  readonly row: Cells | null;
  /** Place in the block of the figures of the same instant; -1 where it has none. */
  readonly at: number;
}
