import Type, { type Static } from 'typebox';
import { ProductSymbol } from '../../market/chain.ts';
import type { Table, TableRow } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { adminRoute } from '../route.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const StoredGap = Type.Object({
  from: IsoTime,
  to: IsoTime,
  session: nullable(
    Type.String({ description: 'Date of a session of which nothing is stored; null for a part of one' }),
  ),
});

/** What is kept of a product; its times are of its chains, null where only prices are stored. */
const StoredProductStatus = Type.Object({
  product: ProductSymbol,
  expiries: count('Whose chains are stored'),
  from: nullable(IsoTime),
  to: nullable(IsoTime),
  gaps: Type.Array(StoredGap, {
    description: 'Quarters of an hour of trading in which no chain came, and sessions without any',
  }),
});

const StoredDataset = Type.Object({
  dataset: Type.String({ examples: ['recorded'] }),
  counts: Type.Object({
    snapshots: count('Chain snapshots'),
    quotes: count('Contracts of them that were quoted'),
    ticks: count('Prices'),
    bars: count('Of all intervals'),
    bytes: count('Of its files, or of its tables in a database'),
  }),
  products: Type.Array(StoredProductStatus),
  problem: nullable(Type.String({ description: 'Why not all can be read' })),
});

const StoredBytes = Type.Object({
  kind: Type.String({ examples: ['quotes'] }),
  holds: Type.String({ examples: ['quotes of a day'] }),
  files: count('Of this kind'),
  bytes: count('Write-ahead logs included'),
});

export const StoredDataStatus = Type.Object({
  datasets: Type.Array(StoredDataset),
  bytes: Type.Array(StoredBytes, { description: 'Of the files of the data folder, by kind' }),
});
export type StoredDataStatus = Static<typeof StoredDataStatus>;

/** A row for each product. */
const productsTable: Table = {
  columns: ['dataset', 'product', 'from', 'to', 'expiries', 'gaps'],
  rows: ({ datasets }) =>
    (datasets as unknown as StoredDataStatus['datasets']).flatMap(({ dataset, products }) =>
      products.map(({ gaps, ...product }): TableRow => ({ dataset, ...product, gaps: gaps.length })),
    ),
};

export const getStoredData = adminRoute('GET', '/api/admin/stored-data', {
  summary: 'What is kept: products, from when to when, gaps, bytes by kind of file (administrators)',
  description:
    'Of every dataset of the data folder of the operations service, or of the database that --store names. As ' +
    '`deltastream status --format json` prints it; as CSV a row for each product.',
  query: {},
  response: StoredDataStatus,
  table: productsTable,
});
