import type { Lease } from '../../../ports/stores/alerts/alert-records.ts';
import { batch, firing, NOW } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import { told } from '../../../testing/killed-runs.fixture.ts';
import { createSqliteAlertStore } from './alert-store-sqlite.ts';

/**
 * Evaluates until it is killed: each step is one commit of a partition, with the position, what the rule remembers and a
 * firing of the same number, and of every tenth a claim of a rule that is once. Says each number once it is committed.
 * Argument: the file.
 */
const [file] = process.argv.slice(2);
await told();
const store = await createSqliteAlertStore({ file });
const partitions = [0, 1, 2];

await Promise.all(
  partitions.map(async (partition) => {
    // The one before was killed: nobody else has the file.
    const lease = (await store.lease(partition, 'w', NOW, 10_000)) as Lease;
    const { positions } = await store.remembered(partition);
    for (let n = Number(positions.chains ?? 0) + 1; ; n++) {
      const product = `P${partition}`;
      const fired = firing(`${product} ${n}`, { product });
      const claim = { product, ruleId: `once${Math.floor(n / 10)}`, once: true };
      await store.commit(
        lease,
        batch({
          positions: { chains: String(n) },
          products: [{ product, epoch: 'e', replaced: null, seq: n, timestamp: n }],
          memories: [{ ruleId: 'r1', ruleVersion: 1, product, expiry: '', state: String(n) }],
          firings: n % 10 === 0 ? [fired, firing(`${product} claims ${claim.ruleId}`, claim)] : [fired],
        }),
      );
      process.stdout.write(`${product} ${n}\n`);
    }
  }),
);
