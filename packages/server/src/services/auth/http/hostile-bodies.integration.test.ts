import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import type { UserStore } from '../../../ports/stores/users/user-store.ts';
import { type AuthFixture, createAuthFixture, PASSWORD, type RunningAuth, trader } from '../auth.fixture.ts';

let fixture: AuthFixture;
let running: RunningAuth;
let token: string;
let queries = 0;

/** The store, counting what is asked of it. */
const counted = (users: UserStore): UserStore =>
  new Proxy(users, {
    get(target, name) {
      const method = Reflect.get(target, name);
      return (...given: unknown[]) => {
        queries += 1;
        return method.apply(target, given);
      };
    },
  });

beforeAll(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start({}, counted(fixture.users));
  token = (await running.post('register', trader)).body.token;
});
afterAll(() => fixture.remove());

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** A body that is good, for each route that takes one. */
const ROUTES: Record<string, Record<string, unknown>> = {
  register: { email: 'new@example.com', password: PASSWORD, name: 'New' },
  login: { ...trader, code: '123456' },
  refresh: { refresh_token: 'x' },
  logout: { refresh_token: 'x' },
  verify: { token: 'x' },
  password: { current_password: PASSWORD, new_password: 'another horse battery' },
  'sessions/revoke': { session_id: 'x' },
  'account/delete': { password: PASSWORD },
  'second-factor/begin': { password: PASSWORD },
  'second-factor/confirm': { code: '123456' },
  'second-factor/remove': { password: PASSWORD, code: '123456' },
  keys: { name: 'bot', scopes: ['market:read'], password: PASSWORD },
  'keys/revoke': { key_id: 'x' },
  token: { api_key: 'x' },
  'providers/begin': { provider: 'x' },
  'providers/complete': { flow: 'x', query: 'x', code: '123456' },
  'providers/link': { flow: 'x', query: 'x' },
};

/** Values that are not text to any store, whichever operators it has. */
const HOSTILE: Record<string, string> = {
  '$ne null': '{"$ne":null}',
  '$gt empty': '{"$gt":""}',
  $regex: '{"$regex":".*"}',
  $where: '{"$where":"sleep(1000)"}',
  'an operator in a list': '[{"$ne":null}]',
  'a list': '["a","b"]',
  'an object with toString': '{"toString":"x"}',
  'a proto inside': '{"__proto__":{"admin":true}}',
  'ten thousand levels': deep(5000),
  'too long': JSON.stringify('x'.repeat(5000)),
};

async function send(path: string, payload: string) {
  const before = queries;
  const response = await running.app.inject({
    method: 'POST',
    url: `/api/auth/${path}`,
    payload,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  });
  return { status: response.statusCode, code: response.json().code, queries: queries - before };
}
const refused = (status: number, code: string) => ({ status, code, queries: 0 });

describe.each(Object.entries(ROUTES))('POST %s', (path, good) => {
  it('refuses operators, prototypes, lists and deep values in every field, before any query', async () => {
    for (const field of Object.keys(good).filter((each) => each !== 'scopes')) {
      for (const [name, value] of Object.entries(HOSTILE)) {
        const { [field]: _replaced, ...rest } = good;
        const payload = `${JSON.stringify(rest).slice(0, -1)}${Object.keys(rest).length > 0 ? ',' : ''}"${field}":${value}}`;
        expect(await send(path, payload), `${field}: ${name}`).toEqual(refused(400, 'invalid_request'));
      }
    }
  });

  it('refuses bodies that are not an object of its fields, before any query', async () => {
    const text = JSON.stringify(good).slice(0, -1);
    for (const payload of [
      `${text},"__proto__":{"role":"admin"}}`,
      `${text},"constructor":{"prototype":{"role":"admin"}}}`,
      `${text},"role":"admin"}`,
      `${text},"$where":"1"}`,
      '[]',
      '"text"',
      '{',
      deep(5000),
    ]) {
      expect(await send(path, payload), payload.slice(0, 200)).toEqual(refused(400, 'invalid_request'));
    }
  });

  it('refuses oversized bodies and other media types, before any query', async () => {
    const oversized = JSON.stringify({ ...good, x: 'x'.repeat(70_000) });
    expect(await send(path, oversized)).toEqual(refused(413, 'payload_too_large'));
    const before = queries;
    const form = await running.app.inject({
      method: 'POST',
      url: `/api/auth/${path}`,
      payload: 'email[$ne]=x&password[$ne]=x',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
    expect([form.statusCode, form.json().code]).toEqual([415, 'unsupported_media_type']);
    expect(queries).toBe(before);
  });
});
