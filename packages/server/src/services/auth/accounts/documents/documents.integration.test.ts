import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../../adapters/memory/user-store/user-store-memory.ts';
import {
  type AuthFixture,
  createAuthFixture,
  NOW_MS,
  PASSWORD,
  type RunningAuth,
  trader,
} from '../../auth.fixture.ts';

let fixture: AuthFixture;
let running: RunningAuth;
let token: string;
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start({ maxLayouts: 3 });
  ({ token } = (await running.post('register', trader)).body);
});
afterEach(() => fixture.remove());

const put = (path: string, version: number, document: unknown, by = token) =>
  running.send('PUT', path, { version, document }, { token: by });
const get = async (path: string, by = token) => (await running.get(path, by)).body;
const remove = (path: string, by = token) => running.send('DELETE', path, undefined, { token: by });
const NOW = new Date(NOW_MS).toISOString();

describe('preferences', () => {
  const DARK = { theme: 'dark', grouping: 'indian' };

  it('are empty at version 0 at first, and then as they were stored', async () => {
    expect(await get('preferences')).toEqual({ version: 0, updated_at: null, document: {} });
    const stored = (await put('preferences', 0, DARK)).body;
    expect(stored).toEqual({ version: expect.any(Number), updated_at: NOW, document: DARK });
    expect(await get('preferences')).toEqual(stored);
    const { version } = (await put('preferences', stored.version, { time: 'local' })).body;
    expect(version).toBeGreaterThan(stored.version);
    expect((await get('preferences')).document).toEqual({ time: 'local' });
  });

  it('are not overwritten by who read another version, who is told which is stored', async () => {
    const { version } = (await put('preferences', 0, DARK)).body;
    for (const read of [0, version - 1, version + 1]) {
      const { status, body } = await put('preferences', read, { theme: 'light' });
      expect([status, body.code]).toEqual([409, 'version_conflict']);
      expect(body.detail).toBe(`version: ${read} was read, and version ${version} is stored`);
    }
    expect((await get('preferences')).document).toEqual(DARK);
  });

  it.each([{ theme: 'pink' }, { colour: 'red' }, { time: 1 }, [], 'dark', null])(
    'are refused where they are none: %j',
    async (document) => {
      const { status, body } = await put('preferences', 0, document);
      expect([status, body.code]).toEqual([400, 'invalid_request']);
      expect(body.detail).toMatch(/^body\.document/);
    },
  );

  it('take at most 16 KiB with all that is sent', async () => {
    const spaces = ' '.repeat(16 * 1024);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const payload = `{"version":0,${spaces}"document":{}}`;
    const url = '/api/auth/preferences';
    const { statusCode } = await running.app.inject({ method: 'PUT', url, payload, headers });
    expect(statusCode).toBe(413);
  });
});

describe('layouts', () => {
  const LAYOUT = { panels: ['chain', { name: 'smile', rows: [1, 2.5, null] }], ключ: '\u0000 例' };

  it('are stored under any name, listed by name, and read as they were written', async () => {
    const names = ['Expiry day', '例 & 50% ?#', 'a.b'];
    const heads: { name: string }[] = [];
    for (const name of names) {
      const made = await put(`layouts/${encodeURIComponent(name)}`, 0, LAYOUT);
      expect(made.body).toEqual({ name, version: expect.any(Number), updated_at: NOW });
      heads.push(made.body);
      expect(await get(`layouts/${encodeURIComponent(name)}`)).toEqual({ ...made.body, document: LAYOUT });
    }
    const { layouts } = await get('layouts');
    expect(layouts).toEqual(heads.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  });

  it('have one name in each of its spellings', async () => {
    await put(`layouts/${encodeURIComponent('Caf\u00e9')}`, 0, LAYOUT);
    expect((await put(`layouts/${encodeURIComponent('Cafe\u0301')}`, 0, {})).status).toBe(409);
    expect((await get(`layouts/${encodeURIComponent('Cafe\u0301')}`)).document).toEqual(LAYOUT);
  });

  it.each(['a/b', 'a\\b', ' a', 'a ', 'a\tb', 'x'.repeat(61)])('are refused the name %j', async (name) => {
    const { status, body } = await put(`layouts/${encodeURIComponent(name)}`, 0, LAYOUT);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
  });

  it('are changed and removed at the version that was read only, also after another of their name', async () => {
    const { version } = (await put('layouts/a', 0, LAYOUT)).body;
    expect((await put('layouts/a', 0, {})).body.code).toBe('version_conflict');
    expect((await remove('layouts/a?version=1')).body.code).toBe('version_conflict');
    expect((await remove('layouts/a')).body.code).toBe('invalid_request');
    expect((await remove(`layouts/a?version=${version}`)).body).toEqual({ ok: true });
    expect((await get('layouts/a')).code).toBe('not_found');
    expect((await remove(`layouts/a?version=${version}`)).body.code).toBe('not_found');
    expect((await put('layouts/a', version, {})).body.detail).toMatch(/none is stored/);
    // The clock was set back.
    fixture.pass(-1);
    await put('layouts/a', 0, { another: true });
    expect((await put('layouts/a', version, {})).body.code).toBe('version_conflict');
    expect((await get('layouts/a')).document).toEqual({ another: true });
  });

  it('never have the version of one that was removed in the same millisecond', async () => {
    const versions = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const { version } = (await put('layouts/a', 0, LAYOUT)).body;
      versions.add(version);
      await remove(`layouts/a?version=${version}`);
    }
    expect(versions.size).toBe(20);
  });

  it('let one of many changes from the same version be made', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, (_, i) => put('layouts/a', 0, { i })));
    const winner = made.findIndex(({ status }) => status === 200);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(19);
    expect((await get('layouts/a')).document).toEqual({ i: winner });
  });

  it('are as many as the setting says, and each may be changed then', async () => {
    const made: number[] = [];
    for (const name of ['a', 'b', 'c']) made.push((await put(`layouts/${name}`, 0, {})).body.version);
    expect((await put('layouts/d', 0, {})).body.code).toBe('limit_reached');
    expect((await put('layouts/a', 0, {})).body.code).toBe('version_conflict');
    expect((await put('layouts/a', made[0], LAYOUT)).status).toBe(200);
    await remove(`layouts/b?version=${made[1]}`);
    expect((await put('layouts/d', 0, {})).status).toBe(200);
  });

  it('are no more where others are stored at the same time', async () => {
    const putDocument: typeof fixture.users.putDocument = async (document, from) => {
      await fixture.users.putDocument({ ...document, name: `${document.name}, too` }, 0);
      return fixture.users.putDocument(document, from);
    };
    running = await fixture.start({ maxLayouts: 3 }, { ...fixture.users, putDocument });
    expect((await put('layouts/a', 0, {})).status).toBe(200);
    expect((await put('layouts/b', 0, {})).body.code).toBe('limit_reached');
    expect((await get('layouts')).layouts.map(({ name }: { name: string }) => name)).toEqual([
      'a',
      'a, too',
      'b, too',
    ]);
  });

  it('take at most 64 KiB each, spaces not counted, and 64 levels', async () => {
    const filling = (bytes: number) => ({ a: 'é'.repeat((bytes - '{"a":""}'.length) / 2) });
    expect((await put('layouts/a', 0, filling(64 * 1024))).status).toBe(200);
    const { status, body } = await put('layouts/b', 0, filling(64 * 1024 + 2));
    expect([status, body.code]).toEqual([413, 'payload_too_large']);
    expect(body.detail).toMatch(/65538 bytes.*65536/);
    const deep = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`);
    expect((await put('layouts/b', 0, deep(64))).status).toBe(200);
    expect(await get('layouts/b')).toMatchObject({ document: deep(64) });
    const refused = await put('layouts/c', 0, deep(10_000));
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
  });

  it('are of their account alone, and go with it', async () => {
    const { version } = (await put('layouts/a', 0, LAYOUT)).body;
    await put('preferences', 0, { theme: 'dark' });
    const other = (await running.post('register', { ...trader, email: 'other@example.com' })).body.token;
    expect((await get('layouts', other)).layouts).toEqual([]);
    expect((await get('layouts/a', other)).code).toBe('not_found');
    expect((await remove(`layouts/a?version=${version}`, other)).status).toBe(404);
    const { id } = await get('me');
    await running.post('account/delete', { password: PASSWORD }, { token });
    expect(await fixture.users.documentsOf(id, 'layout')).toEqual([]);
    expect(await fixture.users.documentsOf(id, 'preferences')).toEqual([]);
  });

  it('of an account that is deleted while one is stored are gone, too', async () => {
    const { id } = await get('me');
    const putDocument: typeof fixture.users.putDocument = async (...given) => {
      await fixture.users.remove(id);
      await fixture.users.removeDocumentsOf(id);
      return fixture.users.putDocument(...given);
    };
    running = await fixture.start({}, { ...fixture.users, putDocument });
    expect((await put('layouts/a', 0, LAYOUT)).body.code).toBe('invalid_token');
    expect(await fixture.users.documentsOf(id, 'layout')).toEqual([]);
  });
});

it('is all for those who are logged in, and not for API keys', async () => {
  const keys = { name: 'bot', scopes: ['market:read'], password: PASSWORD };
  const { key } = (await running.post('keys', keys, { token })).body;
  for (const [method, path] of [
    ['GET', 'preferences'],
    ['PUT', 'preferences'],
    ['GET', 'layouts'],
    ['GET', 'layouts/a'],
    ['PUT', 'layouts/a'],
    ['DELETE', 'layouts/a?version=1'],
  ] as const) {
    const body = method === 'PUT' ? { version: 0, document: {} } : undefined;
    expect((await running.send(method, path, body)).body.code).toBe('unauthenticated');
    expect((await running.send(method, path, body, { token: key })).body.code).toBe('forbidden');
  }
});
