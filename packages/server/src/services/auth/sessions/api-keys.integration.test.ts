import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { createAccessCheck } from '../../../kit/access/access.ts';
import {
  type AuthFixture,
  createAuthFixture,
  NOW_MS,
  PASSWORD,
  type RunningAuth,
  trader,
} from '../auth.fixture.ts';

const DAY_MS = 24 * 3600 * 1000;

let fixture: AuthFixture;
let running: RunningAuth;
let post: RunningAuth['post'];
let token: string;
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start();
  ({ post } = running);
  ({ token } = (await post('register', trader)).body);
});
afterEach(() => fixture.remove());

const make = async (fields: object = {}) =>
  (await post('keys', { name: 'bot', scopes: ['market:read'], password: PASSWORD, ...fields }, { token }))
    .body;
const list = async () => (await running.get('keys', token)).body.keys;

describe('API keys', () => {
  it('are shown once, listed without their secret, and stored as a hash', async () => {
    const made = await make({ expires_in_days: 30 });
    expect(made).toEqual({
      key: expect.stringMatching(/^ds_[0-9a-f]{16}_[0-9a-f]{64}$/),
      id: made.key.split('_')[1],
      name: 'bot',
      scopes: ['market:read'],
      created_at: new Date(NOW_MS).toISOString(),
      expires_at: new Date(NOW_MS + 30 * DAY_MS).toISOString(),
      last_used_at: null,
    });
    const { key, ...view } = made;
    expect(await list()).toEqual([view]);
    const stored = JSON.stringify(await fixture.users.apiKey(made.id));
    expect(stored + fixture.logged.join('')).not.toContain(key.split('_')[2]);
  });

  it('stand wherever an access token may, within their scopes and the role of their owner', async () => {
    const { key } = await make();
    const identity = await running.auth.verifier.verify(key);
    expect(identity).toMatchObject({ email: trader.email, role: 'viewer', scopes: ['market:read'] });
    expect(running.app.hasRoute({ method: 'GET', url: '/api/auth/me' })).toBe(true);
    const request = { headers: { authorization: `Bearer ${key}` } } as never;
    const check = createAccessCheck({ verifier: running.auth.verifier, tokensRequired: true });
    const refusal = { code: 'forbidden' };
    await check({ scope: 'market:read' }, request);
    await expect(check({ scope: 'logs:read' }, request)).rejects.toMatchObject(refusal);
    await expect(check({ role: 'trader', scope: 'market:read' }, request)).rejects.toMatchObject(refusal);
  });

  it('may not manage the account', async () => {
    const { key } = await make();
    const exchanged = (await post('token', { api_key: key })).body.token;
    for (const credential of [key, exchanged]) {
      expect((await running.get('me', credential)).body.code).toBe('forbidden');
      expect(await running.refusal('logout-everywhere', {}, { token: credential })).toEqual([
        403,
        'forbidden',
      ]);
    }
  });

  it('are exchanged for an access token that does not outlive them', async () => {
    const { key } = await make({ expires_in_days: 1 });
    const response = (await post('token', { api_key: key })).body;
    expect(response).toEqual({
      token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 600,
      scopes: ['market:read'],
    });
    fixture.pass(DAY_MS - 5000);
    expect((await post('token', { api_key: key })).body.expires_in).toBe(5);
    fixture.pass(5000);
    expect(await running.refusal('token', { api_key: key })).toEqual([401, 'invalid_token']);
    await expect(running.auth.verifier.verify(key)).rejects.toMatchObject({ code: 'invalid_token' });
  });

  it('end at once when they are revoked, with the tokens made from them', async () => {
    const { key, id } = await make();
    const exchanged = (await post('token', { api_key: key })).body.token;
    await running.auth.verifier.verify(key);
    expect(await running.refusal('keys/revoke', { key_id: 'ffff' }, { token })).toEqual([404, 'not_found']);
    expect((await post('keys/revoke', { key_id: id }, { token })).body).toEqual({ ok: true });
    for (const credential of [key, exchanged]) {
      await expect(running.auth.verifier.verify(credential)).rejects.toMatchObject({ code: 'invalid_token' });
    }
    expect(await list()).toEqual([]);
  });

  it('are of their owner alone', async () => {
    const { id } = await make();
    const other = (await post('register', { ...trader, email: 'other@example.com' })).body.token;
    expect(await running.refusal('keys/revoke', { key_id: id }, { token: other })).toEqual([
      404,
      'not_found',
    ]);
    expect((await running.get('keys', other)).body.keys).toEqual([]);
  });

  it('tell their last use, to a minute', async () => {
    const { key } = await make();
    await running.auth.verifier.verify(key);
    expect((await list())[0].last_used_at).toBe(new Date(NOW_MS).toISOString());
    fixture.pass(30_000);
    await post('token', { api_key: key });
    expect((await list())[0].last_used_at).toBe(new Date(NOW_MS).toISOString());
    fixture.pass(31_000);
    await post('token', { api_key: key });
    expect((await list())[0].last_used_at).toBe(new Date(NOW_MS + 61_000).toISOString());
  });

  it('are asked of the store once for the life of an access token', async () => {
    const { key } = await make();
    let reads = 0;
    const apiKey = (id: string) => {
      reads += 1;
      return fixture.users.apiKey(id);
    };
    const counting = { ...fixture.users, apiKey };
    const second = await fixture.start({}, counting);
    await Promise.all(Array.from({ length: 20 }, () => second.auth.verifier.verify(key)));
    expect(reads).toBe(1);
    fixture.pass(600_000);
    await second.auth.verifier.verify(key);
    expect(reads).toBe(2);
  });

  it('need the password to be made, and have a bound', async () => {
    expect((await make({ password: 'wrong' })).code).toBe('invalid_credentials');
    expect((await make({ scopes: ['everything'] })).code).toBe('invalid_request');
    expect((await make({ scopes: [] })).code).toBe('invalid_request');
    const few = await fixture.start({ maxApiKeys: 1 });
    await make();
    const body = { name: 'bot', scopes: ['market:read'], password: PASSWORD };
    expect(await few.refusal('keys', body, { token })).toEqual([409, 'limit_reached']);
    // Another is made at the same time.
    const createApiKey: typeof fixture.users.createApiKey = async (key) => {
      await fixture.users.createApiKey({ ...key, id: `${key.id}-2` });
      await fixture.users.createApiKey(key);
    };
    const twice = await fixture.start({ maxApiKeys: 2 }, { ...fixture.users, createApiKey });
    expect(await twice.refusal('keys', body, { token })).toEqual([409, 'limit_reached']);
    expect(await fixture.users.apiKeysOf((await twice.get('me', token)).body.id)).toHaveLength(2);
  });

  it('are refused when malformed, unknown or with another secret', async () => {
    const { key, id } = await make();
    const others = ['ds_', `ds_${id}_`, `ds_${id}_${'0'.repeat(64)}`, `${key}0`, key.toUpperCase(), 'x'];
    for (const api_key of others) {
      expect(await running.refusal('token', { api_key }), api_key).toEqual([401, 'invalid_token']);
    }
  });
});
