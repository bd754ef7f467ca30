import { once } from 'node:events';
import type { DeltaStreamError } from '../../../kit/errors.ts';
import { NOON, storableChain } from '../../../ports/stores/market/market-store.fixture.ts';
import { createSqliteMarketStore } from './market-store-sqlite.ts';

/**
 * Stores snapshots until the store fails, prints why, waits for a line on standard input, stores on, and
 * prints how many puts were acknowledged and what the store counts. Argument: folder.
 */
const store = await createSqliteMarketStore({ folder: process.argv[2] });
let seq = 0;
const put = async () => {
  const chains = Array.from({ length: 20 }, (_, i) =>
    storableChain({ seq: seq + i, timestamp: NOON + seq + i }),
  );
  await store.putSnapshots(chains);
  seq += chains.length;
};
const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
const MOST = 100_000;

while (seq < MOST) {
  try {
    await put();
  } catch (error) {
    const { code, message, permanent } = error as DeltaStreamError;
    say({ code, message, permanent });
    break;
  }
}
const acknowledged = seq;
say({ acknowledged, readable: (await store.counts()).snapshots });
await once(process.stdin, 'data');
for (let i = 0; i < 5; i++) await put();
say({ acknowledged: seq, snapshots: (await store.counts()).snapshots });
await store.close();
process.exit();
