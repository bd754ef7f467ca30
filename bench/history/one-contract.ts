import { column } from '@deltastream/contracts';
import { openSqliteMarketReader } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { parquetRows, sqliteRows } from './plain-tables.ts';
import { printRow } from './print-row.ts';
import { medianOf, timed, withStoredDays } from './sealed-stores.ts';

/** The volatility of one contract at every snapshot of a day, from a reader that has read others before. */
await withStoredDays(async ({ name, chains, hot, sealed, instants }) => {
  const [{ product, expiry, columns }] = chains;
  const strike = column(columns, 'strike')[Math.floor(columns.count / 2)];
  const read = async (folder: string) => {
    const reader = await openSqliteMarketReader(folder);
    const ms = await medianOf(() =>
      timed(async () => {
        const found = reader.snapshotsAt(product, expiry, instants, 'put_iv', [strike]);
        for await (const chain of found) column(chain.columns, 'put_iv');
      }),
    );
    await reader.close();
    return ms;
  };
  const [hotMs, sealedMs] = [await read(hot), await read(sealed)];
  for (const peer of [sqliteRows(hot, chains), await parquetRows(hot, chains)]) {
    const peerMs = await medianOf(() => timed(() => peer.contract(expiry, strike)));
    printRow({
      what: `one contract over a day, ms, hot / sealed: ${name}, ${instants.length} snapshots`,
      figure: `${hotMs.toFixed(1)} / ${sealedMs.toFixed(1)}`,
      goal: '20 sealed',
      peer: `${peer.name} ${peerMs.toFixed(1)}`,
      ratio: sealedMs / peerMs,
    });
  }
});
