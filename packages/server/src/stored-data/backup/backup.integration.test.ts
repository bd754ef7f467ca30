import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { lockFolder } from '../../kit/files/folder-lock.ts';
import { EXPIRY, NOON } from '../../ports/stores/market/market-store.fixture.ts';
import { ALL, collect, DAY_MS } from '../../ports/stores/market/market-store-stand.fixture.ts';
import { checksum, copyBytes } from './copy-file.ts';
import { createBackup } from './create-backup.ts';
import { findBackup } from './manifest.ts';
import { restoreBackup } from './restore-backup.ts';
import { chainOfDay, fillDataFolder, LATER_MS } from './stored-folder.fixture.ts';
import { verify } from './verify.ts';

const TODAY = 'recorded/hot-20260819.db';
const TOMORROW = 'recorded/hot-20260820.db';
const filled = mkdtempSync(join(tmpdir(), 'backup-filled-'));
beforeAll(() => fillDataFolder(filled));
afterAll(() => rmSync(filled, { recursive: true }));
let root: string;
let data: string;
let target: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'backup-'));
  [data, target] = [join(root, 'data'), join(root, 'backups')];
  cpSync(filled, data, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

let clock = 0;
const back = (keep = 3) =>
  createBackup({ data, target, keep, release: '0', nowMs: Date.now() + LATER_MS + clock++ });
const restore = (given: Partial<Parameters<typeof restoreBackup>[0]> = {}) =>
  restoreBackup({ source: target, data: join(root, 'other'), replace: false, nowMs: NOON, ...given });
const damageOf = async (folder: string) => (await verify({ folder, busyTimeoutMs: 1000 })).damage;
const storedSeqs = async (folder: string) => {
  const store = await createSqliteMarketStore({ folder: join(folder, 'recorded') });
  const seqs = (await collect(store.snapshots('NIFTY', EXPIRY, ALL))).map(({ timestamp }) => timestamp);
  const prices = (await store.ticks('NIFTY', ALL)).map(({ price }) => price);
  await store.close();
  return { seqs, prices };
};
const open = () => createSqliteMarketStore({ folder: join(data, 'recorded'), commitIntervalMs: 1 });

describe('a backup', () => {
  it('made while the store writes holds what was acknowledged, is restored, and is clean', async () => {
    const store = await open();
    let seq = 3;
    let stop = false;
    const writing = (async () => {
      while (!stop) await store.putSnapshots([chainOfDay(1, ++seq)]);
    })();
    const acknowledged = chainOfDay(1, 3).timestamp;
    const { folder, manifest, problems } = await back();
    stop = true;
    await writing;
    await store.close();
    expect(problems).toEqual([]);
    expect(manifest.files.map(({ path }) => path)).toEqual([
      'users.db',
      'alerts.db',
      'auth-key.json',
      'recorded/main.db',
      TODAY,
      TOMORROW,
    ]);
    expect(await damageOf(folder)).toEqual([]);
    for (const { path } of manifest.files) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o600);

    await restore();
    const { seqs, prices } = await storedSeqs(join(root, 'other'));
    expect(seqs).toContain(acknowledged);
    expect(seqs.length).toBeGreaterThanOrEqual(6);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(prices).toEqual([10]);
    expect(await damageOf(join(root, 'other'))).toEqual([]);
  });

  it('copies what changed since the one before, and shares the rest with it', async () => {
    const first = await back();
    expect(first).toMatchObject({ copied: 6, linked: 0 });
    const store = await open();
    await store.putSnapshots([chainOfDay(1, 9)]);
    await store.close();
    const second = await back();
    // main.db and the file of the day that was written to.
    expect(second).toMatchObject({ copied: 2, linked: 4 });
    expect(statSync(join(second.folder, TODAY)).ino).toBe(statSync(join(first.folder, TODAY)).ino);
    expect(() => lockFolder(second.folder)).toThrow(/is a backup/);
    await restore();
    expect((await storedSeqs(join(root, 'other'))).seqs).toHaveLength(7);
    expect(await damageOf(first.folder)).toEqual([]);
  });

  it('has the lists of instruments that a feed kept, and one that cannot be read is named', async () => {
    const list = 'instruments/kite.json';
    mkdirSync(join(data, 'instruments'));
    writeFileSync(join(data, list), '{"version":1,"venue":"kite","as_of":1,"contracts":[]}');
    const { manifest } = await back();
    expect(manifest.files.map(({ path }) => path)).toContain(list);
    await restore();
    expect(readFileSync(join(root, 'other', list), 'utf8')).toBe(readFileSync(join(data, list), 'utf8'));
    expect(await damageOf(data)).toEqual([]);
    truncateSync(join(data, list), 20);
    expect(await damageOf(data)).toEqual([
      expect.stringMatching(/^instruments\/kite.json: it cannot be read/),
    ]);
  });

  it('takes no file for unchanged that is so new that it could change in the same instant', async () => {
    const now = () => createBackup({ data, target, keep: 3, release: '0', nowMs: Date.now() });
    await now();
    expect(await now()).toMatchObject({ linked: 0 });
  });

  it('keeps as many as it is told, and removes what a killed one left', async () => {
    mkdirSync(join(target, '.part-old'), { recursive: true });
    for (let i = 0; i < 4; i++) await back(2);
    const names = readdirSync(target).filter((name) => !name.startsWith('lock'));
    expect(names).toHaveLength(2);
    expect(findBackup(target).manifest.number).toBe(4);
    expect(await damageOf(target)).toEqual([]);
  });

  it('keeps the copy before of a file that is damaged, names it, and copies the others', async () => {
    await back(1);
    truncateSync(join(data, TODAY), 20_000);
    const { problems, folder } = await back(1);
    expect(problems).toEqual([
      expect.stringMatching(/hot-20260819\.db: .*the copy of the backup before is kept/),
    ]);
    expect(await damageOf(folder)).toEqual([
      expect.stringMatching(/hot-20260819\.db: it is of an earlier backup/),
    ]);
    await restore();
    expect((await storedSeqs(join(root, 'other'))).seqs).toHaveLength(6);
  });

  it('follows links to a dataset and to a file; while one leads nowhere, the copies before are kept', async () => {
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    for (const name of ['recorded', 'users.db']) {
      renameSync(join(data, name), join(elsewhere, name));
      symlinkSync(join(elsewhere, name), join(data, name));
    }
    expect(await back()).toMatchObject({ copied: 6, problems: [] });
    renameSync(elsewhere, join(root, 'not-mounted'));
    const { problems, manifest } = await back();
    expect(problems).toHaveLength(4);
    expect(problems).toContainEqual(
      expect.stringMatching(/hot-20260819\.db: it is a link .*not there.*is kept/),
    );
    expect(manifest.files).toHaveLength(6);
    await restore();
    expect((await storedSeqs(join(root, 'other'))).seqs).toHaveLength(6);
  });

  it('copies what the backup before lost, and passes over manifests that it cannot read, as a restore does', async () => {
    const first = await back();
    rmSync(join(first.folder, TODAY));
    const second = await back();
    expect(second).toMatchObject({ copied: 1, linked: 5, problems: [], unreadable: [] });
    expect(await damageOf(second.folder)).toEqual([]);
    rmSync(join(second.folder, TODAY));
    truncateSync(join(data, TODAY), 20_000);
    expect((await back()).problems).toEqual([expect.stringMatching(/the backup before has no copy of it/)]);

    cpSync(join(filled, TODAY), join(data, TODAY));
    const fourth = await back();
    writeFileSync(join(fourth.folder, 'manifest.json'), '{');
    mkdirSync(join(target, 'of-another-program'));
    writeFileSync(join(target, 'of-another-program', 'manifest.json'), '{"name":"x"}');
    const passedOver = [
      expect.stringMatching(/Z-4.manifest\.json is damaged/),
      expect.stringMatching(/newer release/),
    ];
    const fifth = await back();
    expect(fifth).toMatchObject({ manifest: { number: 5 }, problems: [], unreadable: passedOver });
    expect(await restore()).toMatchObject({ manifest: { number: 5 }, unreadable: passedOver });
    expect(await damageOf(target)).toEqual(passedOver);
  });

  it('has the figures of what was put late and sealed while it was made', async () => {
    const later = join(root, 'later');
    cpSync(data, later, { recursive: true });
    const store = await createSqliteMarketStore({ folder: join(later, 'recorded'), sealPercent: 100 });
    await store.putSnapshots([chainOfDay(0, 9)]);
    await store.sealAll();
    await store.close();
    let isLater = false;
    const onProgress = (_done: number, _total: number, path: string) => {
      if (isLater || path !== 'recorded/main.db') return;
      isLater = true;
      rmSync(join(data, 'recorded'), { recursive: true });
      cpSync(join(later, 'recorded'), join(data, 'recorded'), { recursive: true });
    };
    const options = { data, target, keep: 3, release: '0', nowMs: Date.now() + LATER_MS, onProgress };
    const { problems, manifest, folder } = await createBackup(options);
    expect(problems).toEqual([]);
    expect(manifest.files.map(({ path }) => path)).toContain('recorded/day-20260819.db');
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await damageOf(folder)).toEqual([]);
    await restore();
    expect((await storedSeqs(join(root, 'other'))).seqs).toContain(chainOfDay(0, 9).timestamp);
  });

  it('says so when days are sealed each time that it copies a dataset', async () => {
    const store = await open();
    await store.sealAll();
    await store.close();
    let passes = 0;
    const onProgress = (_done: number, _total: number, path: string) => {
      if (path !== 'recorded/main.db') return;
      passes++;
      utimesSync(join(data, 'recorded/day-20260819.db'), new Date(), NOON / 1000 + passes);
    };
    const options = { data, target, keep: 3, release: '0', nowMs: Date.now() + LATER_MS, onProgress };
    const { problems, folder } = await createBackup(options);
    expect(problems).toEqual([
      expect.stringMatching(/^recorded: days of it were sealed .* make the backup again/),
    ]);
    expect(await damageOf(folder)).toEqual([]);
  });

  it('is refused where there is nothing, into the data folder itself, and beside another', async () => {
    const refused = (given: object) =>
      expect(createBackup({ data, target, keep: 1, release: '0', nowMs: NOON, ...given })).rejects;
    await refused({ data: join(root, 'nowhere') }).toMatchObject({ code: 'backup_failed' });
    await refused({ target: data }).toMatchObject({ code: 'backup_failed' });
    const lock = lockFolder(target);
    await refused({}).toMatchObject({ code: 'data_folder_in_use' });
    lock.release();
  });
});

describe('a restore', () => {
  it('is refused into a folder that holds data, and moves it aside when it is told to', async () => {
    await back();
    await expect(restore({ data })).rejects.toMatchObject({
      code: 'data_folder_not_empty',
      message: expect.stringMatching(/auth-key\.json/),
    });
    writeFileSync(join(data, 'auth-key.json'), 'newer');
    const { movedTo } = await restore({ data, replace: true });
    expect(readFileSync(join(data, 'auth-key.json'), 'utf8')).toContain('secret');
    expect(readFileSync(join(data, movedTo ?? '', 'auth-key.json'), 'utf8')).toBe('newer');
    expect((await storedSeqs(data)).seqs).toHaveLength(6);
    expect(await damageOf(data)).toEqual([]);
  });

  it('is refused over a dataset that is a link, and names where it leads', async () => {
    await back();
    const disk = join(root, 'disk');
    renameSync(join(data, 'recorded'), disk);
    symlinkSync(disk, join(data, 'recorded'));
    const before = [readdirSync(data), readdirSync(disk)];
    await expect(restore({ data, replace: true })).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringMatching(/has links \(recorded -> .*disk\).*empty folder/),
    });
    expect([readdirSync(data).filter((name) => !/^lock\.db/.test(name)), readdirSync(disk)]).toEqual(before);
  });

  it('changes nothing when a file of the backup is not what the manifest says', async () => {
    const { folder } = await back();
    const file = join(folder, TODAY);
    const bytes = readFileSync(file);
    bytes[bytes.length - 100] ^= 1;
    writeFileSync(file, bytes);
    const before = readdirSync(data);
    await expect(restore({ data, replace: true })).rejects.toMatchObject({
      code: 'unusable_backup',
      message: expect.stringMatching(/hot-20260819\.db is not what was backed up/),
    });
    expect(readdirSync(data).filter((name) => !/^(lock|\.restore-part)/.test(name))).toEqual(before);
    expect(await damageOf(target)).toEqual([
      expect.stringMatching(/hot-20260819\.db: it is not what was backed up/),
    ]);
  });

  it.each(['.restore-clearing', '.restore-placing'])(
    'that was killed in %s keeps everything from starting, and is completed by the same command',
    async (step) => {
      await back();
      await restore();
      // As it was when its files were copied, and in part moved.
      const half = join(root, 'other', step);
      mkdirSync(half);
      for (const name of ['users.db', 'recorded']) renameSync(join(root, 'other', name), join(half, name));
      writeFileSync(
        join(half, 'manifest.json'),
        readFileSync(join(findBackup(target).folder, 'manifest.json')),
      );
      expect(() => lockFolder(join(root, 'other'))).toThrow(/restore .* was interrupted/);
      // All of it is copied: the disk of the backups may be away.
      rmSync(target, { recursive: true });
      expect(await restore()).toMatchObject({ completed: true });
      expect((await storedSeqs(join(root, 'other'))).seqs).toHaveLength(6);
      expect(existsSync(half)).toBe(false);
    },
  );
});

describe('a backup of another hand', () => {
  const withFile = (folder: string, path: string) => {
    const file = join(folder, 'manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    manifest.files[0].path = path;
    writeFileSync(file, JSON.stringify(manifest));
  };

  it.each(['../users.db', 'lock.db', 'x.json', 'recorded/y.json', 'auth-key.json'])(
    'is refused when its manifest names %s, which a data folder does not keep, or twice',
    async (path) => {
      const { folder } = await back();
      withFile(folder, path);
      await expect(restore()).rejects.toMatchObject({
        code: 'unusable_backup',
        message: expect.stringMatching(/manifest\.json is damaged/),
      });
      expect(existsSync(join(root, 'other'))).toBe(false);
    },
  );

  const replaced: [string, string, (file: string) => void][] = [
    ['a link out of it', 'recorded/main.db', (file) => symlinkSync(join(data, 'recorded/main.db'), file)],
    ['a device', 'recorded/main.db', (file) => symlinkSync('/dev/zero', file)],
    ['a pipe', TODAY, (file) => execFileSync('mkfifo', [file])],
    ['a pipe', 'users.db', (file) => execFileSync('mkfifo', [file])],
    ['a folder elsewhere', 'recorded', (file) => symlinkSync(join(data, 'recorded'), file)],
  ];
  it.each(replaced)('is read no further when it has %s as %s', async (_what, path, put) => {
    const { folder } = await back();
    rmSync(join(folder, path), { recursive: true });
    put(join(folder, path));
    await expect(restore()).rejects.toMatchObject({
      code: 'unusable_backup',
      message: expect.stringMatching(/a link or behind one, or not a regular file/),
    });
    const damage = await damageOf(folder);
    expect(damage).toHaveLength(path === 'recorded' ? 3 : 1);
    for (const line of damage) expect(line).toMatch(/a link or behind one, or not a regular file/);
    // What it had is copied again.
    expect(await back()).toMatchObject({ problems: [] });
    expect(await damageOf(target)).toEqual([]);
  });

  it('is not read beyond the bytes of its manifest', async () => {
    const { folder } = await back();
    truncateSync(join(folder, TODAY), 2 ** 40);
    await expect(restore()).rejects.toMatchObject({
      message: expect.stringMatching(/1099511627776 bytes instead/),
    });
    const source = join(root, 'long');
    writeFileSync(source, 'x'.repeat(3_000_000));
    expect(await copyBytes(source, join(root, 'copy'), () => undefined, 10)).toMatchObject({ bytes: 11 });
    expect(await checksum(source, () => undefined, 10)).toMatchObject({ bytes: 11 });
  });
});

describe('a verification', () => {
  const alter = (path: string, sql: string) => {
    const database = new DatabaseSync(join(data, path));
    database.exec(sql);
    database.close();
  };

  it('names every damaged snapshot, and reads on', async () => {
    alter(TODAY, `UPDATE snap SET data = zeroblob(40) WHERE ts IN (${NOON + 1}, ${NOON + 3})`);
    alter('recorded/main.db', 'UPDATE bar SET high = 99');
    expect(await damageOf(data)).toEqual([
      expect.stringMatching(/^recorded\/main\.db: bar of NIFTY 1m at 2026-08-19T12:00/),
      expect.stringMatching(
        /^recorded\/hot-20260819\.db: snap of NIFTY 2026-08-25 at 2026-08-19T12:00:00\.001Z/,
      ),
      expect.stringMatching(
        /^recorded\/hot-20260819\.db: snap of NIFTY 2026-08-25 at 2026-08-19T12:00:00\.003Z/,
      ),
    ]);
  });

  it('says what a file held that cannot be read, and what of it is missing', async () => {
    writeFileSync(join(data, TODAY), 'something else '.repeat(2000));
    alter(TOMORROW, `DELETE FROM snap WHERE ts = ${NOON + DAY_MS + 2}`);
    const held =
      /3 snapshots of NIFTY 2026-08-25 from 2026-08-19T12:00:00\.001Z to 2026-08-19T12:00:00\.003Z/;
    expect(await damageOf(data)).toEqual([
      expect.stringMatching(/hot-20260819\.db: .*not a database/),
      expect.stringMatching(held),
      expect.stringMatching(
        /hot-20260820\.db: 1 snapshots of NIFTY 2026-08-25 .* are missing, of which there are figures/,
      ),
    ]);
  });

  it('compares counts, times and figures', async () => {
    alter(
      'recorded/main.db',
      `UPDATE total SET snapshots = 9; DELETE FROM summary WHERE ts = ${NOON + DAY_MS + 3}`,
    );
    const damage = (await damageOf(data)).join('\n');
    expect(damage).toMatch(/9 snapshots are counted, and 5 are there/);
    expect(damage).toMatch(
      /is said to be stored .* to 2026-08-20T12:00:00\.003Z, and is .* to 2026-08-20T12:00:00\.002Z/,
    );
    expect(damage).toMatch(/hot-20260820\.db: 1 snapshots of NIFTY 2026-08-25 .* have no figures/);
  });

  it('notices a write-ahead log that is gone', async () => {
    const store = await open();
    await store.putSnapshots([chainOfDay(1, 8), chainOfDay(1, 9)]);
    // As a copy by hand of the one file without the other.
    const without = readFileSync(join(data, TOMORROW));
    await store.close();
    writeFileSync(join(data, TOMORROW), without);
    const damage = (await damageOf(data)).join('\n');
    expect(damage).toMatch(/hot-20260820\.db: it ends before what main\.db knows of it/);
    expect(damage).toMatch(/2 snapshots of NIFTY .* are missing/);
  });

  it('finds nothing in a folder that a store writes to meanwhile', async () => {
    const store = await open();
    let seq = 10;
    let stop = false;
    const writing = (async () => {
      while (!stop) await store.putSnapshots([chainOfDay(1, ++seq)]);
    })();
    for (let i = 0; i < 5; i++) expect(await damageOf(data)).toEqual([]);
    stop = true;
    await writing;
    await store.close();
  });

  it('is refused where there is nothing to look at', async () => {
    await expect(damageOf(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'data_folder_unusable' });
    await expect(damageOf(root)).rejects.toMatchObject({ code: 'data_folder_unusable' });
  });
});
