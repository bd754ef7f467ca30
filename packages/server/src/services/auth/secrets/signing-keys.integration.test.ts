import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { type AuthFixture, createAuthFixture, type RunningAuth, trader } from '../auth.fixture.ts';
import { rotateKeyFile } from './signing-keys.ts';

const DAY_MS = 24 * 3600 * 1000;
const RETIRE_MS = 660_000;

let fixture: AuthFixture;
let running: RunningAuth;
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start({ keyCheckMs: 5, keyRotationSeconds: 30 * 24 * 3600 });
});
afterEach(() => fixture.remove());

const kids = async (): Promise<string[]> =>
  (await running.get('.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid);
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).kid;
const login = async () => (await running.post('login', trader)).body.token as string;
const valid = async (token: string) => (await running.post('verify', { token })).body.valid as boolean;

describe('signing keys', () => {
  it('are published with the next one, public halves only, for caches of a minute', async () => {
    const { body, headers } = await running.get('.well-known/jwks.json');
    expect(body.keys).toHaveLength(2);
    for (const key of body.keys) {
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
    expect(headers['cache-control']).toBe('public, max-age=60');
  });

  it('rotate at their age: the next signs, the current retires until its last token has expired', async () => {
    const first = (await running.post('register', trader)).body.token;
    const [current, next] = await kids();
    expect(kidOf(first)).toBe(current);
    fixture.pass(30 * DAY_MS - 1000);
    const late = await login();
    fixture.pass(1000);
    await expect.poll(kids).toEqual([next, expect.any(String), current]);
    expect(await valid(late)).toBe(true);
    expect(kidOf(await login())).toBe(next);
    fixture.pass(RETIRE_MS);
    await expect.poll(kids).toHaveLength(2);
    await expect.poll(async () => (await kids()).includes(current)).toBe(false);
  });

  it('follow a rotation from outside, without refusing anyone', async () => {
    const token = (await running.post('register', trader)).body.token;
    const nowMs = fixture.clock.now();
    const kid = await rotateKeyFile(fixture.keyFile, { nowMs, retireMs: RETIRE_MS, withdraw: false });
    await expect.poll(async () => (await kids())[0]).toBe(kid);
    expect(await valid(token)).toBe(true);
    expect(kidOf(await login())).toBe(kid);
  });

  it('are all withdrawn at once after a leak; passwords and refresh tokens stay good', async () => {
    const { token, refresh_token } = (await running.post('register', trader)).body;
    expect(await valid(token)).toBe(true);
    const before = await kids();
    const nowMs = fixture.clock.now();
    await rotateKeyFile(fixture.keyFile, { nowMs, retireMs: RETIRE_MS, withdraw: true });
    await expect.poll(async () => (await kids()).filter((kid) => before.includes(kid))).toEqual([]);
    expect(await valid(token)).toBe(false);
    expect((await running.post('refresh', { refresh_token })).status).toBe(200);
    expect(await valid(await login())).toBe(true);
  });
});
