import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ENRICHED_COLUMNS, type EnrichedChain } from '@deltastream/contracts';
import { asyncBufferFromFile, parquetMetadataAsync, parquetQuery, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetWriteFile } from 'hyparquet-writer';

/** A day as a user would keep it without this store: a row for each strike and instant, with every column. */
export interface PlainTables {
  readonly name: string;
  readonly bytesIn: string;
  /** The volatilities of a strike at every instant of an expiry. */
  contract(expiry: string, strike: number): Promise<number>;
  /** Every row of an expiry at an instant, the file opened anew. */
  asOf(expiry: string, timestamp: number): Promise<number>;
  /** Every row in the order of time. */
  all(): Promise<number>;
}

type Row = (string | number | null)[];

const KEY = ['product', 'expiry', 'ts'] as const;
const COLUMNS = [...KEY, ...ENRICHED_COLUMNS];

function* rowsOf(chains: readonly EnrichedChain[]): Generator<Row> {
  for (const { product, expiry, timestamp, columns } of chains) {
    const { count, values } = columns;
    for (let row = 0; row < count; row++) {
      const cells = ENRICHED_COLUMNS.map((_, c) => values[c * count + row]);
      yield [product, expiry, timestamp, ...cells.map((cell) => (Number.isNaN(cell) ? null : cell))];
    }
  }
}

/** A table with an index by expiry, strike and time, which serves one contract, and one by expiry and time. */
export function sqliteRows(folder: string, chains: readonly EnrichedChain[]): PlainTables {
  const file = join(folder, 'plain.db');
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE quote (${COLUMNS.join(', ')}); BEGIN`);
  const insert = database.prepare(`INSERT INTO quote VALUES (${COLUMNS.map(() => '?').join(', ')})`);
  for (const row of rowsOf(chains)) insert.run(...row);
  database.exec('COMMIT; CREATE INDEX by_strike ON quote (expiry, strike, ts)');
  database.exec('CREATE INDEX by_time ON quote (expiry, ts)');
  database.close();
  const query = (sql: string, ...given: (string | number)[]): number => {
    const reading = new DatabaseSync(file, { readOnly: true });
    const statement = reading.prepare(sql);
    statement.setReturnArrays(true);
    let rows = 0;
    for (const row of statement.iterate(...given) as Iterable<unknown>) if (row !== undefined) rows++;
    reading.close();
    return rows;
  };
  return {
    name: 'SQLite rows',
    bytesIn: 'plain.db',
    contract: async (expiry, strike) =>
      query(
        'SELECT ts, call_iv, put_iv FROM quote WHERE expiry = ? AND strike = ? ORDER BY ts',
        expiry,
        strike,
      ),
    asOf: async (expiry, timestamp) =>
      query('SELECT * FROM quote WHERE expiry = ? AND ts = ? ORDER BY strike', expiry, timestamp),
    all: async () => query('SELECT * FROM quote ORDER BY rowid'),
  };
}

/** By expiry, strike and time, in row groups of 10,000 with statistics: the layout in which one contract is read best. */
export async function parquetRows(folder: string, chains: readonly EnrichedChain[]): Promise<PlainTables> {
  const filename = join(folder, 'plain.parquet');
  const strikeAt = COLUMNS.indexOf('strike');
  const keyOf = (row: Row) => [String(row[1]), Number(row[strikeAt]), Number(row[2])] as const;
  const rows = [...rowsOf(chains)].sort((one, other) => {
    const [a, b] = [keyOf(one), keyOf(other)];
    return Number(a[0] > b[0]) - Number(a[0] < b[0]) || a[1] - b[1] || a[2] - b[2];
  });
  const columnData = COLUMNS.map((name, at) => ({
    name,
    data: rows.map((row) => row[at]),
    type: at < 2 ? ('STRING' as const) : ('DOUBLE' as const),
  }));
  parquetWriteFile({ filename, columnData, rowGroupSize: 10_000 });
  const query = async (filter: Record<string, object>, columns?: string[]) => {
    const file = await asyncBufferFromFile(filename);
    return (await parquetQuery({ file, filter, columns, compressors })).length;
  };
  return {
    name: 'Parquet',
    bytesIn: 'plain.parquet',
    contract: (expiry, strike) =>
      query({ expiry: { $eq: expiry }, strike: { $eq: strike } }, [
        'expiry',
        'strike',
        'ts',
        'call_iv',
        'put_iv',
      ]),
    asOf: (expiry, timestamp) => query({ expiry: { $eq: expiry }, ts: { $eq: timestamp } }),
    async all() {
      const file = await asyncBufferFromFile(filename);
      const metadata = await parquetMetadataAsync(file);
      let cells = 0;
      await parquetRead({
        file,
        metadata,
        compressors,
        onChunk: ({ columnData: chunk }) => {
          cells += chunk.length;
        },
      });
      return cells / COLUMNS.length;
    },
  };
}
