import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { createRemoteVerifier } from '../../../kit/tokens/remote-verifier.ts';
import { systemClock } from '../../../ports/clock.ts';
import { type AuthFixture, createAuthFixture, PASSWORD, type RunningAuth, trader } from '../auth.fixture.ts';

const LIMIT = 10;
const FROM = { remoteAddress: '192.0.2.1' };
let fixture: AuthFixture;
let running: RunningAuth;
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start({ refreshesPerNetwork: LIMIT });
});
afterEach(() => fixture.remove());

const hex = (number: number, length: number) => number.toString(16).padStart(length, '0');
const madeUpKey = (number: number) => `ds_${hex(number, 16)}_${hex(number, 64)}`;
const statuses = async (count: number, send: (i: number) => Promise<{ status: number }>) => {
  const seen = [];
  for (let i = 0; i < count; i++) seen.push((await send(i)).status);
  return { 401: seen.filter((each) => each === 401).length, 429: seen.filter((each) => each === 429).length };
};

describe('credentials that one network makes up', () => {
  it('are limited, and a session that was refreshed before goes on from the same network', async () => {
    const { body } = await running.post('register', trader, FROM);
    const refresh = (token: string) => running.post('refresh', { refresh_token: token }, FROM);
    const first = await refresh(body.refresh_token);
    expect(await statuses(30, (i) => refresh(`rt_${hex(i, 32)}`))).toEqual({ 401: LIMIT, 429: 20 });
    expect((await refresh(first.body.refresh_token)).status).toBe(200);
  });

  it('as API keys are too many, and one that was exchanged before goes on', async () => {
    const { token } = (await running.post('register', trader)).body;
    const creation = { name: 'bot', scopes: ['market:read'], password: PASSWORD };
    const { key } = (await running.post('keys', creation, { token })).body;
    const exchange = (api_key: string) => running.post('token', { api_key }, FROM);
    for (let i = 0; i < 5 * LIMIT; i++) expect((await exchange(key)).status).toBe(200);
    expect(await statuses(30, (i) => exchange(madeUpKey(i)))).toEqual({ 401: LIMIT, 429: 20 });
    expect((await exchange(key)).status).toBe(200);
    expect((await running.post('token', { api_key: key }, { remoteAddress: '192.0.2.2' })).status).toBe(200);
  });

  it('as states of an external login are limited', async () => {
    const complete = (i: number) =>
      running.post('providers/complete', { flow: `flow-${i}`, query: 'state=a&code=b' }, FROM);
    const { 429: refused } = await statuses(30, complete);
    expect(refused).toBe(20);
  });

  it('never make a process elsewhere take the limit for a bad key', async () => {
    const { token } = (await running.post('register', trader)).body;
    const creation = { name: 'bot', scopes: ['market:read'], password: PASSWORD };
    const { key } = (await running.post('keys', creation, { token })).body;
    const authUrl = await running.app.listen({ host: '127.0.0.1', port: 0 });
    const verifier = await createRemoteVerifier({
      ...{ authUrl, issuer: 'deltastream', audience: 'deltastream' },
      ...{ clock: systemClock, bus: fixture.bus, logger: fixture.logger },
    });
    const codeOf = (key: string) =>
      verifier.verify(key, '192.0.2.9').then(
        () => 'ok',
        (error: { code: string }) => error.code,
      );
    const codes = [];
    for (let i = 0; i < 30; i++) codes.push(await codeOf(madeUpKey(i)));
    expect(codes.filter((code) => code === 'invalid_token')).toHaveLength(LIMIT);
    expect(codes.filter((code) => code === 'too_many_requests')).toHaveLength(20);
    expect(await codeOf(key)).toBe('too_many_requests');
  });
});
