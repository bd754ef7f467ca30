import {
  CONTRACT_FIELDS,
  CONTRACT_FIGURES,
  type ContractFigure,
  QUOTE_COLUMNS,
  type QuoteColumn,
} from '@deltastream/contracts';

/** As in the store: nothing is converted. */
export const EXPORTED_UNITS = 'open interest, volume and sizes in contracts';

/** Columns of an exported table of contracts that hold what a venue says of them, in the order of `QUOTE_COLUMNS`. */
export const QUOTED_FIELDS: readonly string[] = QUOTE_COLUMNS.map((column) => fieldOf(column));

/** What of a table of contracts its chain says, in every row. */
export const CHAIN_FIELDS = [
  'timestamp',
  'product',
  'expiry',
  'spot_price',
  'future',
  'expiry_at',
  'lot_size',
  'price_tick',
  'currency',
  'source',
  'quality',
] as const;
export type ChainField = (typeof CHAIN_FIELDS)[number];

function fieldOf(column: QuoteColumn): string {
  const found = CONTRACT_FIELDS.find(({ field }) => {
    const figure: ContractFigure = CONTRACT_FIGURES[field];
    return figure.from === 'venue' && figure.column === column;
  });
  if (found === undefined) throw new Error(`no figure of a contract is of the column ${column}`);
  return found.field;
}
