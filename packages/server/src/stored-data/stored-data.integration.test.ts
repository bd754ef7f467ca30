import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../kit/files/folder-lock.ts';
import { storedVersionsTable } from '../kit/health/stored-version.ts';
import { launch } from '../launch.ts';
import { readSettings } from '../settings/read.ts';
import { releasedFolder } from '../testing/releases/released-folder.fixture.ts';
import { haveOwnMongo, startOwnMongoServer } from '../testing/servers/mongo-server.ts';
import { havePostgres, startPostgresServer } from '../testing/servers/postgres-server.ts';
import { examine } from './examine.ts';
import { storedVersions, upgradeStores } from './stored-data.ts';

let data: string;
beforeEach(() => {
  data = releasedFolder();
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const settings = (flags: object = {}) =>
  readSettings({ data, source: 'none', port: 0, logLevel: 'silent', ...flags }, {});
const databases = () =>
  (readdirSync(data, { recursive: true }) as string[])
    .filter((name) => name.endsWith('.db') && name !== 'lock.db')
    .map((name) => [name, readFileSync(join(data, name)).toString('base64')] as const);
const makeNewer = (file: string) => {
  const database = new DatabaseSync(join(data, file));
  database.exec('PRAGMA user_version = 99');
  database.close();
};
/** What the first release wrote of it has had steps since. */
const LACKING = ['users.db', 'recorded/main.db', 'synthetic/main.db'];
const lacking = async () =>
  (await storedVersions(settings())).flatMap(({ store, steps }) => (steps.length > 0 ? [store] : []));

it('waits for a file that is being written as long as it is told to', { tags: ['timing'] }, async () => {
  const other = new DatabaseSync(join(data, 'users.db'));
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  const refusedAfterMs = async (sqliteBusyTimeoutMs: number) => {
    const begun = performance.now();
    const [users] = await storedVersions(settings({ sqliteBusyTimeoutMs }));
    expect(users).toMatchObject({ store: 'users.db', refusal: expect.stringMatching(/locked/) });
    return performance.now() - begun;
  };
  try {
    expect(await refusedAfterMs(600)).toBeGreaterThan(4 * (await refusedAfterMs(1)));
  } finally {
    other.close();
  }
});

describe('a folder of an older release', () => {
  it('is told file by file, with the steps that it lacks, and not changed', async () => {
    const before = databases();
    const table = storedVersionsTable(await storedVersions(settings()));
    expect(table).toMatch(/^users\.db +version 2 of 5 +3 to run\n +step 3: preferences and layouts/m);
    expect(table).toMatch(/^logs\.db +version 1 of 1 +up to date$/m);
    expect(table).toMatch(/^recorded\/main\.db +version 1 of 5 +4 to run\n +step 2: checksums of rows/m);
    expect(table).toMatch(/^synthetic\/hot-20261127\.db +version 1 of 1 +up to date$/m);
    expect(databases()).toEqual(before);
  });

  it('is brought up to date, all datasets of it, and has nothing to do then', async () => {
    expect(await lacking()).toEqual(LACKING);
    await upgradeStores(settings());
    expect(await lacking()).toEqual([]);
  });

  it('is not brought up to date under a process that has it', async () => {
    const lock = lockFolder(data);
    await expect(upgradeStores(settings())).rejects.toMatchObject({ code: 'data_folder_in_use' });
    lock.release();
    expect(await lacking()).toEqual(LACKING);
  });
});

describe.each(['users.db', 'logs.db', 'recorded/main.db', 'recorded/hot-20260819.db'])(
  'a newer %s',
  (file) => {
    it('keeps the platform from starting before any other file is changed; doctor and upgrade say why', async () => {
      makeNewer(file);
      const before = databases();
      await expect(launch(settings(), () => {})).rejects.toMatchObject({
        code: 'newer_release',
        message: expect.stringMatching(new RegExp(`${file}: .*version is 99 .*upgrade DeltaStream`)),
      });
      const refused = (await storedVersions(settings())).filter(({ refusal }) => refusal !== null);
      expect(refused).toMatchObject([{ store: file, refusal: expect.stringContaining('version is 99') }]);
      const failed = (await examine(settings())).filter(({ ok }) => !ok);
      expect(failed).toMatchObject([{ detail: expect.stringMatching(/version is 99.*upgrade DeltaStream/) }]);
      expect(databases()).toEqual(before);
    });
  },
);

it('lets a newer file of a dataset be that these settings do not use', async () => {
  makeNewer('synthetic/main.db');
  await (await launch(settings({ only: ['auth', 'logging', 'storage'] }), () => {})).stop();
  expect((await lacking()).length).toBe(0);
});

describe.each([
  ['MongoDB', haveOwnMongo, startOwnMongoServer, { store: 2, users: 1, alerts: 1 }],
  ['PostgreSQL', havePostgres, startPostgresServer, { store: 3, users: 4, alerts: 1 }],
] as const)('on %s', (kind, have, startServer, steps) => {
  const logsToo = kind === 'PostgreSQL' ? [`${kind} (--log-store)`] : [];
  it.runIf(have)(
    'tells the databases too, and brings them up to date; one that is away is refused',
    async () => {
      const server = await startServer();
      const logs = logsToo.length > 0 ? { logStore: server.url } : {};
      const onServer = settings({ store: server.url, users: server.url, ...logs });
      const databasesOfServer = async () =>
        (await storedVersions(onServer)).filter(({ store }) => store.startsWith(kind));
      const stores = [`${kind} (--store)`, `${kind} (--users)`, `${kind} (alerts, --users)`, ...logsToo];
      const newestOf = (store: string) =>
        store.includes('alerts')
          ? steps.alerts
          : store.includes('--users')
            ? steps.users
            : store.includes('--store')
              ? steps.store
              : 1;
      expect(await databasesOfServer()).toMatchObject(
        stores.map((store) => ({ store, version: 0, newest: newestOf(store), refusal: null })),
      );
      expect(await examine(onServer)).toContainEqual(
        expect.objectContaining({
          part: 'users',
          ok: true,
          detail: expect.stringContaining(`${steps.users} steps run`),
        }),
      );
      const versions = async () => (await databasesOfServer()).map(({ version }) => version);
      expect(await versions()).toEqual(stores.map(() => 0));
      await upgradeStores(onServer);
      expect(await versions()).toEqual(stores.map(newestOf));
      expect(await examine(onServer)).toContainEqual(
        expect.objectContaining({
          part: 'store',
          ok: true,
          detail: expect.stringMatching(/opened in \d+ ms$/),
        }),
      );
      await server.stop();
      for (const each of await databasesOfServer()) {
        expect(each).toMatchObject({ version: null, refusal: expect.stringContaining(`${kind} at`) });
      }
    },
  );
});
