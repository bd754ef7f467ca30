import { openSqliteMarketReader } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { median } from '../measure/statistics.ts';
import { parquetRows, sqliteRows } from './plain-tables.ts';
import { printRow } from './print-row.ts';
import { medianOf, ROUNDS, timed, withStoredDays } from './sealed-stores.ts';

const SEGMENT_SNAPSHOTS = 60;

/** A chain as of an instant in a segment that was not read yet: by a reader that was just opened, and the next ones. */
await withStoredDays(async ({ name, chains, hot, sealed, instants }) => {
  const [{ product, expiry }] = chains;
  const instant = instants[Math.floor(instants.length / 2)];
  const read = async (folder: string) => {
    const first: number[] = [];
    const next: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const reader = await openSqliteMarketReader(folder);
      const asOf = (at: number) => timed(() => reader.asOf(product, expiry, at));
      first.push(await asOf(instant));
      for (let at = instants.length - 1; at >= 0; at -= SEGMENT_SNAPSHOTS)
        next.push(await asOf(instants[at]));
      await reader.close();
    }
    return { first: median(first), next: median(next) };
  };
  const [ofHot, ofSealed] = [await read(hot), await read(sealed)];
  for (const peer of [sqliteRows(hot, chains), await parquetRows(hot, chains)]) {
    const peerMs = await medianOf(() => timed(() => peer.asOf(expiry, instant)));
    for (const when of ['next', 'first'] as const) {
      printRow({
        what: `chain as of an instant, cold, ms, hot / sealed: ${name}${when === 'first' ? ', the first read of a process' : ''}`,
        figure: `${ofHot[when].toFixed(1)} / ${ofSealed[when].toFixed(1)}`,
        goal: '10 sealed',
        peer: `${peer.name} ${peerMs.toFixed(1)}`,
        ratio: ofSealed[when] / peerMs,
      });
    }
  }
});
