import { cpuUsage } from 'node:process';
import { column } from '@deltastream/contracts';
import { openSqliteMarketReader } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { parquetRows, sqliteRows } from './plain-tables.ts';
import { printRow } from './print-row.ts';
import { cpuMs, medianOf, type StoredDay, withStoredDays } from './sealed-stores.ts';

/**
 * Every snapshot of every expiry in order, by processor time of all threads, so that it is what one core does. Of a reader
 * that has read before, as in the middle of a long replay: most of the first times, each a tenth of a second, is compiling.
 */
const WARMING = 5;
const ALL = { fromMs: 0, toMs: 8.64e15, limit: 1_000_000 };

async function replayMs(folder: string, { chains }: StoredDay): Promise<number> {
  const keys = new Map(chains.map(({ product, expiry }) => [`${product} ${expiry}`, { product, expiry }]));
  const reader = await openSqliteMarketReader(folder);
  const ms = await medianOf(async () => {
    const begun = cpuUsage();
    for (const { product, expiry } of keys.values()) {
      for await (const chain of reader.snapshots(product, expiry, ALL)) column(chain.columns, 'strike');
    }
    return cpuMs(begun);
  }, WARMING);
  await reader.close();
  return ms;
}

await withStoredDays(async (day) => {
  const { name, chains, hot, sealed, quotes } = day;
  const millions = (ms: number) => `${(quotes / ms / 1000).toFixed(2)}M`;
  const [hotMs, sealedMs] = [await replayMs(hot, day), await replayMs(sealed, day)];
  for (const peer of [sqliteRows(hot, chains), await parquetRows(hot, chains)]) {
    const peerMs = await medianOf(async () => {
      const begun = cpuUsage();
      await peer.all();
      return cpuMs(begun);
    }, 2);
    printRow({
      what: `replay, quotes/s a core, hot / sealed: ${name}`,
      figure: `${millions(hotMs)} / ${millions(sealedMs)}`,
      goal: '5M / 2.5M',
      peer: `${peer.name} ${millions(peerMs)}`,
      ratio: peerMs / sealedMs,
    });
  }
});
