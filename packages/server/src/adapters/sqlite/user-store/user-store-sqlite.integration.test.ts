import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { auditStoreContract } from '../../../ports/stores/audit/audit-store.contract.ts';
import { userStoreContract } from '../../../ports/stores/users/user-store.contract.ts';
import { user } from '../../../ports/stores/users/user-store.fixture.ts';
import { USERS_SCHEMA } from './schema.ts';
import { createSqliteUserStore } from './user-store-sqlite.ts';

let folder: string;
let files = 0;
const newFile = () => join(folder, `users-${files++}.db`);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'user-store-'));
});
afterAll(() => rm(folder, { recursive: true }));

userStoreContract('sqlite', async () => {
  const file = newFile();
  return async () => createSqliteUserStore({ file });
});

auditStoreContract('sqlite', async () => {
  const file = newFile();
  return async () => createSqliteUserStore({ file });
});

describe('the file of the SQLite user store', () => {
  it('is readable by its owner only, and so is its log', async () => {
    const file = newFile();
    await createSqliteUserStore({ file }).close();
    await chmod(file, 0o644);
    const store = createSqliteUserStore({ file });
    await store.revoke('none');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('carries its schema version, and one of a newer release is refused', async () => {
    const file = newFile();
    await createSqliteUserStore({ file }).close();
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 5 });
    database.exec('PRAGMA user_version = 6');
    database.close();
    expect(() => createSqliteUserStore({ file })).toThrow(
      expect.objectContaining({
        code: 'newer_release',
        message: expect.stringMatching(/users-\d+\.db.*newer release/),
      }),
    );
  });

  it('keeps the accounts of the first release', async () => {
    const file = newFile();
    const database = new DatabaseSync(file);
    database.exec(`${USERS_SCHEMA.steps[0].sql}; PRAGMA user_version = 1`);
    database.exec("INSERT INTO user VALUES ('u1', 'a@example.com', 'A', 'admin', '$2b$12$x', 7)");
    database.exec("INSERT INTO session VALUES ('f1', 'u1', 'h', 9, 0)");
    database.close();
    const store = createSqliteUserStore({ file });
    const kept = { id: 'u1', email: 'a@example.com', name: 'A', role: 'admin', passwordHash: '$2b$12$x' };
    expect(await store.byEmail('a@example.com')).toEqual(user({ ...kept, role: 'admin', createdAt: 7 }));
    expect(await store.sessionsOf('u1')).toEqual([]);
    await store.close();
  });

  it('must be a database in a folder that exists', async () => {
    const file = newFile();
    await writeFile(file, 'not a database, but long enough to be looked at as one '.repeat(20));
    const unusable = expect.objectContaining({ code: 'data_folder_unusable' });
    expect(() => createSqliteUserStore({ file })).toThrow(
      /users-\d+\.db .*restore it from a backup, or move it and auth-key.json away/,
    );
    expect(() => createSqliteUserStore({ file: join(folder, 'none', 'users.db') })).toThrow(unusable);
  });

  it('is never replaced by an empty one', async () => {
    const file = newFile();
    const refusal = (remedy: RegExp) =>
      expect.objectContaining({ code: 'data_folder_unusable', message: expect.stringMatching(remedy) });
    const store = createSqliteUserStore({ file });
    await store.create(user({ id: '1', email: 'a@example.com' }));
    const [withoutLog, companion] = [await readFile(file), join(folder, 'auth-key.json')];
    const mark = await readFile(`${file}.open`);
    await store.close();
    await copyFile(file, companion);

    const sound = await readFile(file);
    for (const bytes of [sound.subarray(0, sound.length / 2), Buffer.from(sound).fill(0xff, 3, 4)]) {
      await writeFile(file, bytes);
      const isOpened = (() => {
        try {
          return createSqliteUserStore({ file });
        } catch (error) {
          expect(error).toEqual(refusal(/users-\d+\.db.*(malformed|not a database).*restore/));
          return null;
        }
      })();
      expect(isOpened).toBeNull();
      expect(await readFile(file)).toEqual(bytes);
    }
    await writeFile(file, '');
    expect(() => createSqliteUserStore({ file })).toThrow(
      refusal(/empty: restore .*or remove users-\d+\.db/),
    );
    await rm(file);
    expect(() => createSqliteUserStore({ file, companion })).toThrow(
      refusal(/missing.*restore .*remove auth-key/),
    );
    await writeFile(file, withoutLog);
    await writeFile(`${file}.open`, mark);
    expect(() => createSqliteUserStore({ file })).toThrow(
      refusal(/log is missing.*remove users-\d+\.db\.open/),
    );
    await rm(companion);
  });

  it('opens again after a kill at any moment of its close', async () => {
    const file = newFile();
    const store = createSqliteUserStore({ file });
    await store.create(user({ id: '1', email: 'a@example.com' }));
    const close = DatabaseSync.prototype.close;
    const marked: boolean[] = [];
    const spy = vi.spyOn(DatabaseSync.prototype, 'close').mockImplementation(function (this: DatabaseSync) {
      close.call(this);
      // As a kill would leave it: without a log, the mark says that one was lost.
      marked.push(existsSync(`${file}.open`) && !existsSync(`${file}-wal`));
    });
    await store.close();
    spy.mockRestore();
    expect(marked).toEqual([false]);
  });

  it('names itself and what to do where a page of it is damaged', async () => {
    const file = newFile();
    const before = createSqliteUserStore({ file });
    await before.create(user({ id: '1', email: 'a@example.com' }));
    await before.close();
    const database = new DatabaseSync(file);
    const { rootpage } = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'user'").get() as {
      rootpage: number;
    };
    const { page_size } = database.prepare('PRAGMA page_size').get() as { page_size: number };
    database.close();
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0, (rootpage - 1) * page_size, rootpage * page_size));
    const store = createSqliteUserStore({ file });
    await expect(store.byId('1')).rejects.toMatchObject({
      code: 'stored_data_damaged',
      message: expect.stringMatching(/^users-\d+\.db: .*malformed; restore it from a backup/),
    });
    await store.close();
  });

  it('fails once the file is removed, and works again when it is back', async () => {
    const file = newFile();
    const store = createSqliteUserStore({ file });
    await rename(file, `${file}.away`);
    const gone = expect.objectContaining({ code: 'store_failed', message: expect.stringMatching(/removed/) });
    await expect(store.create(user({ id: '1', email: 'a@example.com' }))).rejects.toEqual(gone);
    await expect(store.byId('')).rejects.toEqual(gone);
    await rename(`${file}.away`, file);
    await store.create(user({ id: '1', email: 'a@example.com' }));
    await store.close();
  });

  it('can be written by two processes at once', async () => {
    const file = newFile();
    const server = createSqliteUserStore({ file });
    const command = createSqliteUserStore({ file });
    await command.create(user({ id: '1', email: 'a@example.com' }));
    await server.create(user({ id: '2', email: 'b@example.com' }));
    expect((await server.byEmail('a@example.com'))?.id).toBe('1');
    expect((await command.byEmail('b@example.com'))?.id).toBe('2');
    await Promise.all([server.close(), command.close()]);
  });
});
