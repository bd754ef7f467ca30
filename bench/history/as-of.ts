import { openSqliteMarketReader } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { parquetRows, sqliteRows } from './plain-tables.ts';
import { printRow } from './print-row.ts';
import { medianOf, timed, withStoredDays } from './sealed-stores.ts';

/** A chain as of an instant in the middle of a day, the first that a reader is asked for once it is open. */
await withStoredDays(async ({ name, chains, hot, sealed, instants }) => {
  const [{ product, expiry }] = chains;
  const instant = instants[Math.floor(instants.length / 2)];
  const read = async (folder: string) => {
    const reader = await openSqliteMarketReader(folder);
    const ms = await timed(() => reader.asOf(product, expiry, instant));
    await reader.close();
    return ms;
  };
  const [hotMs, sealedMs] = [await medianOf(() => read(hot)), await medianOf(() => read(sealed))];
  for (const peer of [sqliteRows(hot, chains), await parquetRows(hot, chains)]) {
    const peerMs = await medianOf(() => timed(() => peer.asOf(expiry, instant)));
    printRow({
      what: `chain as of an instant, cold, ms, hot / sealed: ${name}`,
      figure: `${hotMs.toFixed(1)} / ${sealedMs.toFixed(1)}`,
      goal: '10 sealed',
      peer: `${peer.name} ${peerMs.toFixed(1)}`,
      ratio: sealedMs / peerMs,
    });
  }
});
