import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { getAll, getJson } from '../support/clients/rest.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const KILLS = 20;
const SOURCE = ['--source', `replay:${recording('nse/nifty_chain_20260819.csv.gz')}`];

type Stored = Map<string, string>;

/** Every stored snapshot by expiry and time, as REST shows it, with all of its figures or some. */
async function stored(
  platform: PlatformProcess,
  fields?: string,
): Promise<{ snapshots: Stored; rows: number }> {
  const snapshots: Stored = new Map();
  let rows = 0;
  const { products } = await getJson<{ products: { product: string }[] }>(
    `${platform.url}/api/data/products`,
  );
  for (const { product } of products) {
    const { expiries } = await getJson<{ expiries: { expiry: string }[] }>(
      `${platform.url}/api/data/expiries/${product}`,
    );
    for (const { expiry } of expiries) {
      const url = `${platform.url}/api/data/chains/${product}?expiry=${expiry}&limit=1000${fields === undefined ? '' : `&fields=${fields}`}`;
      for (const chain of await getAll<{ timestamp: string }, 'chains'>(url, 'chains')) {
        snapshots.set(`${product} ${expiry} ${chain.timestamp}`, JSON.stringify(chain));
        rows += 1;
      }
    }
  }
  return { snapshots, rows };
}

/** Of what a reader has seen only the instants are remembered: it is acknowledged. */
const seenIn = async (platform: PlatformProcess) =>
  new Set((await stored(platform, 'spot_price')).snapshots.keys());

/** Reads what is stored again and again until the process dies under it. */
async function watch(platform: PlatformProcess, acknowledged: Set<string>): Promise<void> {
  try {
    for (;;) {
      for (const key of await seenIn(platform)) acknowledged.add(key);
      await sleep(20);
    }
  } catch {
    // The process was killed; what was read before stays.
  }
}

describe.runIf(haveRecordings)('kill -9 during a replay', () => {
  it(`loses nothing a reader saw and doubles nothing, over ${KILLS} kills`, async () => {
    const folder = temporaryFolder();
    const oracleFolder = temporaryFolder();
    const acknowledged = new Set<string>();
    for (let kill = 0; kill < KILLS; kill++) {
      const platform = await startPlatform([...SOURCE, '--speed', '3000', '--data', folder.path]);
      const before = await seenIn(platform);
      const missing = [...acknowledged].filter((key) => !before.has(key));
      expect(missing, `after kill ${kill}`).toEqual([]);
      const watching = watch(platform, acknowledged);
      await sleep(100 + Math.random() * 1250);
      platform.kill('SIGKILL');
      await platform.exited();
      await watching;
    }
    const finish = async (path: string) => {
      const platform = await startPlatform([...SOURCE, '--speed', 'max', '--data', path]);
      await platform.printed(/Replay finished/, 150_000);
      const result = await stored(platform);
      expect(await platform.stop()).toBe(0);
      return result;
    };
    const [survivor, oracle] = await Promise.all([folder, oracleFolder].map(({ path }) => finish(path)));
    folder.remove();
    oracleFolder.remove();
    expect(acknowledged.size).toBeGreaterThan(100);
    expect(survivor.rows).toBe(survivor.snapshots.size);
    expect([...survivor.snapshots].sort()).toEqual([...oracle.snapshots].sort());
    process.stdout.write(
      `kill -9: ${KILLS} kills, ${acknowledged.size} acknowledged snapshots, 0 missing, ` +
        `${survivor.rows - survivor.snapshots.size} doubled, ${survivor.rows} stored in the end.\n`,
    );
  });
});
