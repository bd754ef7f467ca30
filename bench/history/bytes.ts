import { parquetRows } from './plain-tables.ts';
import { printRow } from './print-row.ts';
import { bytesOf, withStoredDays } from './sealed-stores.ts';

/** Bytes a quote of the files of a day, hot and sealed, against Parquet of the same rows. */
await withStoredDays(async ({ name, chains, hot, sealed, quotes, sealMs }) => {
  const parquet = await parquetRows(hot, chains);
  const each = (folder: string, prefix: string) => bytesOf(folder, prefix) / quotes;
  printRow({
    what: `bytes a quote, hot / sealed: ${name} (sealing ${(quotes / sealMs / 1000).toFixed(2)}M quotes/s)`,
    figure: `${each(hot, 'hot').toFixed(1)} / ${each(sealed, 'day').toFixed(1)}`,
    goal: '30 / 6.5',
    peer: `${parquet.name} ${each(hot, parquet.bytesIn).toFixed(1)}`,
    ratio: each(sealed, 'day') / each(hot, parquet.bytesIn),
  });
});
