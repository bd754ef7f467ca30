import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { type AuthFixture, createAuthFixture, type RunningAuth, trader } from '../auth.fixture.ts';
import { createKnownDevices } from '../login/known-device.ts';
import type { AuthConfig } from '../settings.ts';
import { createBackoff } from './backoff.ts';

let fixture: AuthFixture;
let running: RunningAuth;
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
});
afterEach(() => fixture.remove());
const start = async (config: Partial<AuthConfig>) => {
  running = await fixture.start(config);
  return running;
};
const LIMITS = { loginsPerNetwork: 100, loginsPerAccountAndNetwork: 10, loginsPerAccount: 30 };

const guess = (remoteAddress: string, headers = {}, email = trader.email) =>
  running.post('login', { email, password: 'a wrong guess' }, { remoteAddress, headers });
const login = (remoteAddress: string, headers = {}) =>
  running.post('login', trader, { remoteAddress, headers });
const cookieOf = (response: Awaited<ReturnType<typeof login>>) => ({
  cookie: String(response.headers['set-cookie']).split(';')[0],
});

describe('throttling of log-ins', () => {
  it('lets 10 of 10,000 guesses through that rotate inside one /64 and claim other addresses', async () => {
    await start(LIMITS);
    const owner = await running.post('register', trader, { remoteAddress: '203.0.113.5' });
    const before = await running.metric('password_computations_total');
    for (let i = 0; i < 10_000; i++) {
      const { status } = await guess(`2001:db8:1:2:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::1`, {
        'x-forwarded-for': `198.51.${i >> 8}.${i & 255}`,
      });
      expect(status).toBe(i < 10 ? 401 : 429);
    }
    expect(await running.metric('password_computations_total')).toBe(before + 10);
    expect((await login('203.0.113.5', cookieOf(owner))).status).toBe(200);
    expect((await login('198.51.100.7')).status).toBe(200);
  });

  it('makes an account wait that is guessed at from many networks, but never a device it knows', async () => {
    await start(LIMITS);
    const owner = await running.post('register', trader, { remoteAddress: '203.0.113.5' });
    const statuses = [];
    for (let i = 0; i < 1000; i++) statuses.push((await guess(`198.51.${i >> 8}.${i & 255}`)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    const unknown = await login('192.0.2.1');
    expect([unknown.status, unknown.headers['retry-after']]).toEqual([429, '1']);
    expect((await login('192.0.2.1', cookieOf(owner))).status).toBe(200);
    fixture.pass(1000);
    expect((await login('192.0.2.1')).status).toBe(200);
  });

  it('does not count what succeeds', async () => {
    await start({ loginsPerNetwork: 2, loginsPerAccountAndNetwork: 2, loginsPerAccount: 2 });
    await running.post('register', trader);
    for (let i = 0; i < 10; i++) expect((await login('192.0.2.1')).status).toBe(200);
  });

  it('slows a network down that has tried many accounts, and refuses what comes faster', async () => {
    // Longer than a loaded machine takes to read 50 requests.
    const INTERVAL_MS = 1500;
    await start({ loginsPerNetwork: 5, loginIntervalMs: INTERVAL_MS, loginsWaiting: 3 });
    const other = (i: number) => guess('192.0.2.1', {}, `a${i}@example.com`);
    for (let i = 0; i < 5; i++) expect((await other(i)).status).toBe(401);
    expect(fixture.events()).not.toContain('login_throttled');
    const begun = performance.now();
    const responses = await Promise.all(Array.from({ length: 50 }, (_, i) => other(10 + i)));
    expect(performance.now() - begun).toBeGreaterThan(2.75 * INTERVAL_MS);
    expect(responses.filter(({ status }) => status === 401)).toHaveLength(4);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(46);
    // Refused is what would wait for more than three intervals.
    const refused = responses.filter(({ status }) => status === 429);
    const waits = refused.map(({ headers }) => Number(headers['retry-after']));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(Math.ceil((3 * INTERVAL_MS) / 1000));
    expect((await guess('192.0.2.2', {}, 'b@example.com')).status).toBe(401);
    expect(fixture.events()).toContain('login_throttled');
  });

  it('takes the right password of another account from an address that guessed without end', async () => {
    await start({ ...LIMITS, loginIntervalMs: 100 });
    const owner = { email: 'owner@example.com', password: trader.password };
    await running.post('register', owner, { remoteAddress: '203.0.113.5' });
    for (let i = 0; i < 300; i++) await guess('192.0.2.1', {}, i % 2 ? trader.email : `a${i}@example.com`);
    const response = await running.post('login', owner, { remoteAddress: '192.0.2.1' });
    expect(response.status).toBe(200);
  });

  it('limits a known device, too, and does not take its mark for another account', async () => {
    await start({ ...LIMITS, loginsPerKnownDevice: 3, loginsPerAccountAndNetwork: 1 });
    const headers = cookieOf(await running.post('register', trader));
    for (let i = 0; i < 3; i++) expect((await guess('192.0.2.1', headers)).status).toBe(401);
    expect((await guess('192.0.2.1', headers)).status).toBe(429);
    const other = () => guess('192.0.2.9', headers, 'other@example.com');
    expect([(await other()).status, (await other()).status]).toEqual([401, 429]);
  });

  it('cannot be passed by guesses at the same time', async () => {
    await start(LIMITS);
    await running.post('register', trader);
    const responses = await Promise.all(Array.from({ length: 40 }, () => guess('192.0.2.1')));
    expect(responses.filter(({ status }) => status === 401)).toHaveLength(10);
  });

  it('limits registrations of a network', async () => {
    await start({ registrationsPerNetwork: 2 });
    const register = (i: number) => running.post('register', { ...trader, email: `a${i}@example.com` });
    expect((await register(1)).status).toBe(201);
    expect((await register(2)).status).toBe(201);
    expect((await register(3)).status).toBe(429);
  });

  it('marks a device at its first login with a cookie that scripts cannot read', async () => {
    await start(LIMITS);
    const first = await running.post('register', trader);
    expect(first.headers['set-cookie']).toMatch(
      /^ds_device=[\w-]{22}\.\d+\.[\w-]{43}; Path=\/api\/auth; Max-Age=15552000; HttpOnly; SameSite=Strict$/,
    );
    expect((await login('192.0.2.1', cookieOf(first))).headers['set-cookie']).toBeUndefined();
  });
});

describe('the mark of a known device', () => {
  const DAY_MS = 24 * 3600 * 1000;
  const devices = createKnownDevices(Buffer.alloc(32, 1));

  it('is known for its account for 180 days, and is not forged', () => {
    const mark = devices.mark('a@example.com', 0);
    const name = mark.split('.')[0];
    expect(devices.recognise(mark, 'a@example.com', 180 * DAY_MS - 1)).toBe(name);
    expect(devices.recognise(mark, 'a@example.com', 180 * DAY_MS)).toBeNull();
    expect(devices.recognise(mark, 'b@example.com', 0)).toBeNull();
    expect(devices.recognise(mark.replace('.0.', '.9.'), 'a@example.com', 0)).toBeNull();
    expect(createKnownDevices(Buffer.alloc(32, 2)).recognise(mark, 'a@example.com', 0)).toBeNull();
    for (const foreign of [null, '', 'x', `${mark}x`]) {
      expect(devices.recognise(foreign, 'a@example.com', 0)).toBeNull();
    }
  });
});

describe('backoff', () => {
  it('doubles the wait with each failure, up to a limit, and forgets after as long a rest', () => {
    const clock = createManualClock(0);
    const backoff = createBackoff({ clock, free: 2, maxSeconds: 10 });
    const attempt = () => {
      try {
        backoff.begin('a');
        return 0;
      } catch (error) {
        return (error as { retryAfterSeconds: number }).retryAfterSeconds;
      }
    };
    const waits = [attempt()];
    for (let i = 0; i < 6; i++) {
      waits.push(attempt());
      const wait = attempt();
      waits.push(wait);
      clock.set(clock.now() + wait * 1000);
    }
    expect(waits).toEqual([0, 0, 1, 0, 2, 0, 4, 0, 8, 0, 10, 0, 10]);
    clock.set(clock.now() + 10_000);
    expect([attempt(), attempt()]).toEqual([0, 0]);
    expect(attempt()).toBe(1);
  });

  it('takes back what did not fail', () => {
    const backoff = createBackoff({ clock: createManualClock(0), free: 1, maxSeconds: 10 });
    for (let i = 0; i < 5; i++) {
      backoff.begin('a');
      backoff.forgive('a');
    }
    backoff.begin('a');
    expect(() => backoff.begin('a')).toThrow(expect.objectContaining({ code: 'too_many_requests' }));
    backoff.begin('b');
  });
});
