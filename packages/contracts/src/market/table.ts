import type Type from 'typebox';
import { CONTRACT_FIGURE_NAMES } from '../figures/contract-figures.ts';

export type TableRow = Readonly<Record<string, unknown>>;

/** A response as a table, for media types that know nothing else. */
export interface Table {
  /** Names of the columns, in their order. */
  readonly columns: readonly string[];
  /** One row per item of a complete response; cells that are not columns are left out of the table. */
  rows(response: TableRow): readonly TableRow[];
}

/** The table whose rows are the items of a response's list. */
export function listTable(list: string, item: Type.TObject): Table {
  return {
    columns: Object.keys(item.properties),
    rows: (response) => (response[list] ?? []) as readonly TableRow[],
  };
}

/** A chain with one row per listed contract, calls before puts, each with the snapshot it belongs to. */
export const contractsTable: Table = {
  columns: ['timestamp', 'expiry', 'side', 'strike', ...CONTRACT_FIGURE_NAMES],
  rows: ({ timestamp, expiry, strikes, calls, puts }) =>
    (['call', 'put'] as const).flatMap((side) =>
      ((side === 'call' ? calls : puts) as (TableRow | null)[]).flatMap((contract, i) =>
        contract === null ? [] : [{ timestamp, expiry, side, strike: (strikes as number[])[i], ...contract }],
      ),
    ),
};
