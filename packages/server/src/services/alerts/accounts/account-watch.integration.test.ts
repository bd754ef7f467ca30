import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { createSqliteAlertStore } from '../../../adapters/sqlite/alert-store/alert-store-sqlite.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { alertRule, channel } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import {
  type AuthFixture,
  createAuthFixture,
  PASSWORD,
  type RunningAuth,
  trader,
} from '../../auth/auth.fixture.ts';
import { LOCAL_OWNER, OPERATOR_OWNER } from '../owners.ts';
import { type AccountWatch, createAccountWatch } from './account-watch.ts';

const UNKNOWN_MS = 1_000_000;
let fixture: AuthFixture;
let running: RunningAuth;
let store: AlertStore;
let folder: string;
let watches: AccountWatch[];
let told: string[];
let owner: string;
let token: string;
const clock = createManualClock(1_787_000_000_000);

beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start();
  // The first account is the administrator's.
  await running.post('register', { ...trader, email: 'admin@example.com' });
  const { body } = await running.post('register', trader);
  owner = body.user.id;
  token = body.token;
  folder = mkdtempSync(join(tmpdir(), 'account-watch-'));
  store = await createSqliteAlertStore({ file: join(folder, 'alerts.db') });
  for (const each of [owner, LOCAL_OWNER, OPERATOR_OWNER]) {
    await store.createRules([alertRule({ id: `r-${each}`, owner: each })], 10);
    await store.createChannel(channel({ id: `c-${each}`, owner: each }), 10);
  }
  watches = [];
  told = [];
});
afterEach(async () => {
  for (const each of watches) await each.stop();
  await store.close();
  await fixture.remove();
  rmSync(folder, { recursive: true });
});

async function watch(accountsMs = 600_000, from = store): Promise<AccountWatch> {
  const settings = { accountsMs, accountsRetryMs: 10, accountsTimeoutMs: 50, unknownAccountMs: UNKNOWN_MS };
  const made = createAccountWatch({
    ...{ bus: fixture.bus, store: from, clock, logger: silentLogger, settings },
    onChanged: (each) => told.push(`${each} ${made.isSuspended(each)}`),
  });
  watches.push(made);
  await made.start();
  return made;
}
const rules = async () => (await store.rulesOf(owner, null, 10)).length;
const others = async () =>
  (await Promise.all([LOCAL_OWNER, OPERATOR_OWNER].map((each) => store.rulesOf(each, null, 10)))).flat()
    .length;
/** What is asked again and again has been asked so often. */
async function looks(of: number): Promise<void> {
  let asked = 0;
  const counted: AlertStore = {
    ...store,
    ownersAfter(...given) {
      asked += 1;
      return store.ownersAfter(...given);
    },
  };
  await watch(5, counted);
  await expect.poll(() => asked).toBeGreaterThan(of);
}

describe('rules and channels of an account', () => {
  it('rest while it is disabled, also after a restart, and go on when it is enabled', async () => {
    const first = await watch();
    expect(first.isSuspended(owner)).toBe(false);
    await tell('disable');
    await expect.poll(() => first.isSuspended(owner)).toBe(true);
    await first.stop();
    const again = await watch();
    expect(again.isSuspended(owner)).toBe(true);
    await tell('enable');
    await expect.poll(() => again.isSuspended(owner)).toBe(false);
    expect(told).toEqual([`${owner} true`, `${owner} false`]);
    expect(await store.suspendedOwners()).toEqual([]);
    expect(await rules()).toBe(1);
  });

  it('are removed with it, and those of others are not', async () => {
    const made = await watch();
    await running.post('account/delete', { password: PASSWORD }, { token });
    await expect.poll(rules).toBe(0);
    await expect.poll(() => made.isSuspended(owner)).toBe(false);
    expect(await store.channelsOf(owner)).toEqual([]);
    expect(await others()).toBe(2);
  });

  it('rest also where that it was disabled was not told', async () => {
    await fixture.users.disable(owner, 5);
    const made = await watch();
    await expect.poll(() => made.isSuspended(owner)).toBe(true);
    // Nor that it was enabled.
    await made.stop();
    await fixture.users.enable(owner);
    const again = await watch();
    await expect.poll(() => again.isSuspended(owner)).toBe(false);
  });

  it('rest where the account is not known, and are removed when that stays so', async () => {
    await fixture.users.remove(owner);
    const made = await watch(5);
    await expect.poll(() => made.isSuspended(owner)).toBe(true);
    await looks(3);
    expect(await rules()).toBe(1);
    clock.set(clock.now() + UNKNOWN_MS);
    await expect.poll(rules).toBe(0);
    expect(await others()).toBe(2);
  });

  it('stay as they are while nobody says how it stands', async () => {
    await running.stop();
    await fixture.users.remove(owner);
    const made = await watch(5);
    clock.set(clock.now() + UNKNOWN_MS);
    await looks(3);
    expect(made.isSuspended(owner)).toBe(false);
    expect(await rules()).toBe(1);
    running = await fixture.start();
    await expect.poll(() => made.isSuspended(owner)).toBe(true);
  });
});

/** As an administrator does. */
async function tell(action: 'disable' | 'enable'): Promise<void> {
  const admin = (await fixture.users.byEmail('admin@example.com'))?.id as string;
  await fixture.users.changeRole(admin, 'admin');
  const { body } = await running.post('login', { ...trader, email: 'admin@example.com' });
  const response = await running.app.inject({
    method: 'POST',
    url: `/api/admin/users/${owner}/${action}`,
    headers: { authorization: `Bearer ${body.token}` },
  });
  expect(response.statusCode).toBe(200);
}
