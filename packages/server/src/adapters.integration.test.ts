import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { marketPlace, openPort } from './adapters.ts';
import { EXPIRY, storableChain } from './ports/stores/market/market-store.fixture.ts';
import { readSettings } from './settings/read.ts';
import { haveOwnMongo, startOwnMongoServer } from './testing/servers/mongo-server.ts';
import { havePostgres, startPostgresServer } from './testing/servers/postgres-server.ts';

const NOBODY = 'mongodb://reader:secret@127.0.0.1:9/';
const data = mkdtempSync(join(tmpdir(), 'adapters-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe.each([
  ['mongodb:', haveOwnMongo, startOwnMongoServer],
  ['postgres:', havePostgres, startPostgresServer],
] as const)('adapters by the scheme %s of a URL', (scheme, have, startServer) => {
  const nobody = NOBODY.replace('mongodb:', scheme);
  let server: { readonly url: string; stop(): Promise<void> };
  beforeAll(async () => {
    if (have) server = await startServer();
  });
  afterAll(() => server?.stop());

  it.runIf(have)('keep market data and accounts on the server they name', async () => {
    const settings = readSettings({ data, store: server.url, users: server.url, source: 'none' }, {});
    const store = await openPort('marketStore', settings);
    const reader = await openPort('marketReader', settings, { marketStore: store });
    const users = await openPort('users', settings);
    await store.putSnapshots([storableChain()]);
    expect(await reader.latest('NIFTY', EXPIRY)).toEqual(storableChain());
    expect(await users.byId('nobody')).toBeNull();
    for (const port of [reader, store, users]) await port.close();
  });

  it.runIf(have)('read with credentials of their own, never through the writer', async () => {
    const settings = readSettings({ data, store: server.url, storeReadUrl: nobody }, {});
    const store = await openPort('marketStore', settings);
    const refused = await openPort('marketReader', settings, { marketStore: store }).catch((error) => error);
    expect(refused).toMatchObject({ code: 'store_failed', message: expect.stringContaining('127.0.0.1:9') });
    expect(refused.message).not.toContain('secret');
    await store.close();
  });
});

it('keep generated and recorded data apart, and show where without credentials', () => {
  const place = (flags: Record<string, string>) => marketPlace(readSettings({ data, ...flags }, {}));
  expect(place({})).toBe(join(data, 'synthetic'));
  expect(place({ source: 'none' })).toBe(join(data, 'recorded'));
  const postgres = NOBODY.replace('mongodb:', 'postgres:');
  expect(place({ store: postgres })).toMatch(/\*\*\*@127\.0\.0\.1:9.*schema deltastream_synthetic/);
  expect(place({ store: NOBODY })).toMatch(/\*\*\*@127\.0\.0\.1:9.*deltastream_synthetic/);
  expect(place({ store: NOBODY, source: 'none' })).toMatch(/^(?!.*secret).*deltastream_recorded/);
});
