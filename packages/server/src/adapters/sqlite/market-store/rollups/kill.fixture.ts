import { createColumns } from '@deltastream/contracts';
import { storableChain } from '../../../../ports/stores/market-store.fixture.ts';
import { createSqliteMarketStore } from '../market-store-sqlite.ts';

/**
 * Stores snapshots until it is killed, late ones and such that replace others among them, while figures are rolled up and
 * rows removed as soon as they can be. One line `timestamp pcr_oi` for each that is acknowledged. Arguments: folder,
 * first instant, first sequence number.
 */
const [folder, from, first] = process.argv.slice(2);
const store = await createSqliteMarketStore({
  folder,
  synchronous: 'normal',
  keepSnapshots: 7,
  keepSummaries: 7,
  sealCheckMs: 5,
  rollCheckMs: 5,
  rollQuietMs: 1,
  rollPercent: 100,
});
for (let seq = Number(first); ; seq++) {
  const step = seq % 5 === 4 ? seq - 3 : seq;
  const chain = storableChain({
    timestamp: Number(from) + step * 7 * 60_000,
    seq,
    columns: createColumns(0, 'enriched'),
  });
  await store.putSnapshots([chain]);
  process.stdout.write(`${chain.timestamp} ${chain.summary.pcr_oi}\n`);
}
