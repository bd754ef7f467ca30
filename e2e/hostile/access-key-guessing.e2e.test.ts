import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askingFor, expectWithstood, measureCalm } from '../support/meters/attack-meter.ts';
import { accountOf, createKeys, FAST_PASSWORDS, register } from '../support/platform/accounts.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

/** Enough for seconds. */
const GUESSES = 20_000;
const PRODUCTS = '/api/data/products';
const UNLIMITED = ['--read-rate', '0', '--compute-rate', '0', '--account-rate', '0'];

const hex = (number: number, length: number) => number.toString(16).padStart(length, '0');
const madeUp = (number: number) => `ds_${hex(number, 16)}_${hex(number, 64)}`;

/** The gateway and the auth service as processes of their own: each key is exchanged over the network. */
describe('guessing API keys', () => {
  const folder = temporaryFolder();
  const processes: PlatformProcess[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  let gateway: PlatformProcess;
  let used: string;
  let unused: string;

  beforeAll(async () => {
    const start = async (name: string, only: string, ...flags: string[]) => {
      const data = ['--data', `${folder.path}/${name}`, '--source', 'none'];
      const started = await startPlatform([...data, '--only', only, ...UNLIMITED, ...flags]);
      processes.push(started);
      return started;
    };
    const auth = await start('auth', 'auth', ...FAST_PASSWORDS);
    gateway = await start('gateway', 'storage,gateway', '--auth-url', auth.url, '--auth-required');
    const account = accountOf('desk');
    const { token } = await register(auth.url, account);
    used = (await createKeys(auth.url, account, token))['market:read'].key;
    unused = (await createKeys(auth.url, account, token))['market:read'].key;
    expect(await statusOf(used)).toBe(200);
  });
  afterAll(async () => {
    agent.destroy();
    await Promise.all(processes.map((each) => each.stop()));
    folder.remove();
  });

  const statusOf = (key: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}` };
      request(`${gateway.url}${PRODUCTS}`, { agent, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  it('refuses nobody who has a good one, and nothing else notices', async () => {
    const statuses = new Map<number, number>();
    const usedMeanwhile: number[] = [];
    const run = async () => {
      let next = 0;
      const guess = async () => {
        while (next < GUESSES) {
          next += 1;
          const status = await statusOf(madeUp(next));
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (next % 50 === 0) usedMeanwhile.push(await statusOf(used));
        }
      };
      await Promise.all(Array.from({ length: 50 }, guess));
    };
    const healthy = askingFor(gateway, '/api/status');
    const name = `${GUESSES} made-up keys`;
    const calm = await measureCalm(gateway, healthy);
    await expectWithstood({ name, platform: gateway, healthy, calm, run });
    console.log(`${GUESSES} made-up keys were answered ${JSON.stringify(Object.fromEntries(statuses))}`);
    expect([...statuses.keys()].toSorted()).toEqual([401, 429]);
    expect(statuses.get(429)).toBeGreaterThan(GUESSES / 2);
    expect(new Set(usedMeanwhile)).toEqual(new Set([200]));
    expect(await statusOf(used)).toBe(200);
    // A key that nobody has used yet waits for the window of its network, and is never called a bad one.
    const first = await statusOf(unused);
    expect([200, 429]).toContain(first);
    await expect.poll(() => statusOf(unused), { interval: 1_000 }).toBe(200);
  });
});
