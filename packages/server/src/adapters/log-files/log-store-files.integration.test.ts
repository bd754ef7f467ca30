import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { LOG_LEVELS } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logStoreContract } from '../../ports/stores/logs/log-store.contract.ts';
import { type LogEntry, type LogStore, NO_CONTEXT } from '../../ports/stores/logs/log-store.ts';
import { formerSqliteLogs } from './former/former-logs-sqlite.ts';
import { LOGS_SCHEMA } from './former/former-schema.ts';
import { createFileLogStore, type FileLogStoreOptions, openFileLogReader } from './log-store-files.ts';
import { openFolderReader } from './reading/folder-reader.ts';
import { findLines } from './reading/search.ts';

let root: string;
let folders = 0;
const newFolder = () => join(root, `logs-${folders++}`);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'log-files-'));
});
afterAll(() => rm(root, { recursive: true }));

/** `entries(205)`, 100 at a time, as the release before terms were kept in runs left them with `SMALL`. */
const FORMER_RELEASE = fileURLToPath(new URL('./former/release-0.1.0.fixture', import.meta.url));

const NO_FILTER = {
  ...{ levels: null, columns: {}, keys: {}, texts: [], fields: [] },
  ...{ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, beforeId: Number.MAX_SAFE_INTEGER },
};

/** A block has a dozen of the lines of these tests. */
const SMALL = { blockBytes: 4_096, segmentBytes: 65_536 };

for (const [name, size] of [
  ['lines not compressed yet', {}],
  ['small blocks', { blockBytes: 200, segmentBytes: 1_000 }],
] as const) {
  logStoreContract(`files, ${name}`, async () => {
    const folder = newFolder();
    let store = await createFileLogStore({ folder, ...size });
    const reopen = async () => {
      await store.close();
      store = await createFileLogStore({ folder, ...size });
      return store;
    };
    return { store, reopen };
  });
}

const entries = (count: number, from = 0): LogEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    timestamp: 1_787_000_000_000 + from + i,
    level: 'info',
    service: 'enricher',
    message: `chain enriched ${from + i}`,
    ...NO_CONTEXT,
    product: 'NIFTY',
    trace_id: String(from + i).padStart(32, '0'),
    fields: { expiry: '2026-08-25', strikes: 200, seq: from + i },
  }));

const seqs = async (store: LogStore) =>
  (await store.query({ limit: 100_000 })).map(({ fields }) => fields.seq).toReversed();
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const segmentsOf = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('segment-'));

async function filled(count: number, options: Partial<FileLogStoreOptions> = SMALL): Promise<string> {
  const folder = newFolder();
  const store = await createFileLogStore({ folder, ...options });
  for (let i = 0; i < count; i += 100) await store.append(entries(Math.min(100, count - i), i));
  await store.close();
  return folder;
}

describe('the files of the log store', () => {
  it('are for their owner only, and segments are NDJSON that any reader of zstd takes', async () => {
    const folder = await filled(1_000);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    }
    const text = segmentsOf(folder)
      .map((name) => zstdDecompressSync(readFileSync(join(folder, name))).toString())
      .join('');
    const lines = text.trimEnd().split('\n');
    expect(JSON.parse(lines[0])).toMatchObject({ message: 'chain enriched 0', product: 'NIFTY' });
    expect(lines.length).toBeGreaterThan(900);
  });

  it('are found by trace and by request, whether their terms are in a run yet or not', async () => {
    const folder = await filled(4_000);
    const store = await createFileLogStore({ folder, ...SMALL });
    const more = entries(300, 4_000).map((each) => ({ ...each, request_id: `r-${each.fields.seq}` }));
    await store.append(more);
    for (const seq of [0, 7, 1_999, 3_999, 4_000, 4_299]) {
      const found = await store.query({ traceId: String(seq).padStart(32, '0'), limit: 5 });
      expect(found.map(({ fields }) => fields.seq)).toEqual([seq]);
    }
    expect(await store.query({ requestId: 'r-4123', limit: 5 })).toHaveLength(1);
    await store.append([{ ...more[0], request_id: '"\\ü' }]);
    expect(await store.query({ requestId: '"\\ü', limit: 5 })).toHaveLength(1);
    expect(await store.query({ requestId: '4123'.padStart(32, '0'), limit: 5 })).toEqual([]);
    const index = readdirSync(folder).find((name) => /^index-\d+\.db$/.test(name)) ?? '';
    const database = new DatabaseSync(join(folder, index), { readOnly: true });
    const runs = database.prepare('SELECT count(*) AS count FROM run').get()?.count;
    const waiting = database.prepare('SELECT count(*) AS count FROM waiting_terms').get()?.count;
    database.close();
    expect(runs).toBeGreaterThan(0);
    expect(waiting).toBeGreaterThan(0);
    await store.close();
  });

  it('of an earlier release are found before its index is made again, and after', async () => {
    const folder = newFolder();
    cpSync(FORMER_RELEASE, folder, { recursive: true });
    const find = async (store: Pick<LogStore, 'query'>) => ({
      all: (await store.query({ limit: 1_000 })).map(({ fields }) => fields.seq).toReversed(),
      one: await store.query({ traceId: '7'.padStart(32, '0'), limit: 5 }),
      texts: await store.query({ texts: ['ENRICHED 150'], limit: 5 }),
    });
    const reader = openFileLogReader({ folder });
    const before = await find(reader);
    await reader.close();
    expect(before).toEqual({
      all: upTo(205),
      one: [{ ...entries(1, 7)[0], id: 8 }],
      texts: [{ ...entries(1, 150)[0], id: 151 }],
    });
    const store = await createFileLogStore({ folder, ...SMALL, keepDays: 36_500 });
    await expect.poll(() => find(store)).toEqual(before);
    await store.close();
    const index = readdirSync(folder).find((name) => /^index-\d+\.db$/.test(name)) ?? '';
    const database = new DatabaseSync(join(folder, index), { readOnly: true });
    expect(database.prepare('SELECT count(*) AS count FROM waiting_terms').get()?.count).toBeGreaterThan(0);
    database.close();
  });

  it('say which folder cannot be written to', async () => {
    const file = join(root, 'no-folder');
    writeFileSync(file, '');
    await expect(createFileLogStore({ folder: join(file, 'logs') })).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining(file),
    });
  });

  it('are read with a torn line and a torn block at their ends, which nobody was told are kept', async () => {
    const folder = await filled(1_000);
    appendFileSync(join(folder, 'current.ndjson'), '{"timestamp":1787000000000,"level":"in');
    const last = join(folder, segmentsOf(folder).at(-1) ?? '');
    appendFileSync(last, Buffer.from([0x5d, 0x2a, 0x4d, 0x18, 16, 0, 0, 0, 1, 2, 3]));
    const store = await createFileLogStore({ folder, ...SMALL });
    await store.append(entries(100, 1_000));
    const stored = await seqs(store);
    expect(stored.filter((seq) => seq !== undefined)).toEqual(upTo(1_100));
    const [notice] = await store.query({ service: 'logging', limit: 1 });
    expect(notice.message).toMatch(/segment-.*: 11 bytes behind its last block were removed/);
    await store.close();
  });

  it('count a line once that a crash left both in a segment and in the current lines', async () => {
    const folder = newFolder();
    const store = await createFileLogStore({ folder, ...SMALL });
    await store.append(entries(5));
    const before = readFileSync(join(folder, 'current.ndjson'));
    await store.append(entries(500, 5));
    await store.close();
    writeFileSync(join(folder, 'current.ndjson'), before);
    const again = await createFileLogStore({ folder, ...SMALL });
    const stored = await seqs(again);
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored.slice(0, 400)).toEqual(upTo(400));
    await again.close();
  });

  it.each([
    ['removed', (file: string) => rmSync(file)],
    ['damaged', (file: string) => writeFileSync(file, Buffer.alloc(50_000, 0xff))],
  ])('have an index that is made again when it was %s', async (_what, spoil) => {
    const folder = await filled(2_000);
    const [index] = readdirSync(folder).filter((name) => name.startsWith('index-') && name.endsWith('.db'));
    spoil(join(folder, index));
    const store = await createFileLogStore({ folder, ...SMALL });
    await expect.poll(async () => (await seqs(store)).filter((seq) => seq !== undefined).length).toBe(2_000);
    expect(await store.query({ traceId: '7'.padStart(32, '0'), limit: 5 })).toHaveLength(1);
    await store.close();
  });

  it('lose a damaged block only, and its place is told', async () => {
    const folder = await filled(2_000);
    const [name] = segmentsOf(folder);
    const bytes = readFileSync(join(folder, name));
    bytes.fill(0xff, 60, 90);
    writeFileSync(join(folder, name), bytes);
    for (const index of readdirSync(folder).filter((each) => each.startsWith('index-')))
      rmSync(join(folder, index));
    const store = await createFileLogStore({ folder, ...SMALL });
    await expect.poll(async () => (await seqs(store)).length).toBeGreaterThan(1_900);
    await store.append(entries(1, 2_000));
    await expect
      .poll(async () => (await store.query({ service: 'logging', limit: 1 }))[0]?.message)
      .toMatch(new RegExp(`${name} is damaged at byte \\d+: \\d+ lines are lost`));
    await store.close();
  });

  it('are found through an index that was made again while it was read', async () => {
    const folder = await filled(1_000);
    const settings = { folder, busyTimeoutMs: 1_000, cacheBytes: 1_000_000, queryTimeoutMs: 1_000 };
    const reader = openFolderReader({ ...settings, levels: LOG_LEVELS });
    const look = () => reader.look(NO_FILTER);
    const lines = () => {
      const { current, blocks } = look();
      return current.length + blocks.reduce((sum, { place }) => sum + place.lines, 0);
    };
    expect(lines()).toBe(1_000);
    for (const index of readdirSync(folder).filter((name) => name.startsWith('index-')))
      rmSync(join(folder, index));
    const store = await createFileLogStore({ folder, ...SMALL });
    await store.append(entries(500, 1_000));
    await expect.poll(lines).toBe(1_500);
    reader.close();
    await store.close();
  });

  it('are found by their trace without what the index keeps of other lines, each with its id', async () => {
    const folder = newFolder();
    const store = await createFileLogStore({ folder, ...SMALL });
    const traceOf = (seq: number) => String(seq % 7).padStart(32, '0');
    const given = entries(500).map((entry, seq) => ({ ...entry, trace_id: traceOf(seq) }));
    // In a text it is not the trace of the line.
    given[4] = { ...given[4], fields: { seq: 4, about: traceOf(3) } };
    await store.append(given);
    await store.close();
    const settings = { folder, busyTimeoutMs: 1_000, cacheBytes: 1_000_000, queryTimeoutMs: 1_000 };
    const reader = openFolderReader({ ...settings, levels: LOG_LEVELS });
    const columns = vi.spyOn(reader, 'columns');
    const filter = { ...NO_FILTER, keys: { trace_id: traceOf(3) } };
    const request = { filter, order: 'oldest', limit: 1_000, maxCharacters: null } as const;
    const { lines } = findLines(reader, request, LOG_LEVELS, () => undefined);
    const wanted = upTo(500).filter((seq) => seq % 7 === 3);
    expect(lines.map(([id, line]) => [id, JSON.parse(line).fields.seq])).toEqual(
      wanted.map((seq) => [seq + 1, seq]),
    );
    expect(columns).not.toHaveBeenCalled();
    reader.close();
  });

  it('refuse a count whose groups are too long to be an answer', async () => {
    const store = await createFileLogStore({ folder: newFolder() });
    const [entry] = entries(1);
    const long = Array.from({ length: 300 }, (_, i) => ({
      ...entry,
      fields: { text: `${i} ${'x'.repeat(15_000)}` },
    }));
    await store.append(long);
    await expect(store.count({}, { by: ['text'], stepMs: null, maxGroups: 10_000 })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/characters/),
    });
    await store.close();
  });

  it('are kept by days and by bytes, the oldest go first', async () => {
    const options = { ...SMALL, segmentBytes: 2_000, keepBytes: 60_000 };
    const folder = await filled(1_000, options);
    const store = await createFileLogStore({ folder, ...options });
    for (let i = 1_000; i < 60_000; i += 1_000) await store.append(entries(1_000, i));
    await store.close();
    // A start removes, too.
    const again = await createFileLogStore({ folder, ...options });
    const stored = await seqs(again);
    expect(stored.at(-1)).toBe(59_999);
    expect(stored[0]).toBeGreaterThan(1_000);
    expect(stored).toEqual(Array.from({ length: stored.length }, (_, i) => (stored[0] as number) + i));
    await again.close();
    const old = join(folder, 'segment-20200101-000000000000001.ndjson.zst');
    writeFileSync(old, '');
    await (await createFileLogStore({ folder, ...options })).close();
    expect(readdirSync(folder)).not.toContain('segment-20200101-000000000000001.ndjson.zst');
    expect(readdirSync(folder)).not.toContain('index-20200101.db');
  });

  it('take nothing where the current lines were removed', async () => {
    const folder = newFolder();
    const store = await createFileLogStore({ folder });
    await store.append(entries(1));
    rmSync(join(folder, 'current.ndjson'));
    await expect(store.append(entries(1))).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(/current\.ndjson was removed or replaced/),
    });
    await store.close();
  });

  it('bound the requests that wait', async () => {
    const store = await createFileLogStore({ folder: newFolder() });
    const asked = await Promise.allSettled(Array.from({ length: 300 }, () => store.append(entries(1))));
    const refused = asked.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(300 - 256);
    expect(refused[0].reason).toMatchObject({ code: 'unavailable' });
    await store.close();
  });
});

describe('entries of an earlier release in logs.db', () => {
  const formerFile = (count: number): string => {
    const file = join(root, `former-${folders++}.db`);
    const database = new DatabaseSync(file);
    database.exec(LOGS_SCHEMA.steps[0].sql);
    database.exec('PRAGMA user_version = 1');
    database.exec('BEGIN');
    const insert = database.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)');
    for (let i = 0; i < count; i++) {
      insert.run(
        5_000 + i,
        1_787_000_000_000 + i,
        2,
        'auth',
        `user.registered`,
        `{"audit":true,"user_id":"u","seq":${i}}`,
      );
    }
    database.exec('COMMIT');
    database.close();
    return file;
  };

  it('are taken over once, in their order, also after a start that was interrupted', async () => {
    const file = formerFile(2_500);
    const folder = newFolder();
    const failing = formerSqliteLogs(file, 1_000);
    let pages = 0;
    const interrupted = {
      ...failing,
      after: async (id: number, limit: number) => {
        pages += 1;
        if (pages === 2) throw new Error('killed');
        return failing.after(id, limit);
      },
    };
    await expect(createFileLogStore({ folder, ...SMALL, former: interrupted })).rejects.toThrow('killed');
    for (let i = 0; i < 2; i++) {
      const store = await createFileLogStore({ folder, ...SMALL, former: formerSqliteLogs(file, 1_000) });
      expect(await seqs(store)).toEqual(upTo(2_500));
      expect((await store.query({ limit: 1, userId: 'u' }))[0]).toMatchObject({
        level: 'info',
        service: 'auth',
        message: 'user.registered',
        user_id: 'u',
        fields: { audit: true, seq: 2_499 },
      });
      await store.close();
    }
    truncateSync(file);
    const store = await createFileLogStore({ folder, ...SMALL, former: formerSqliteLogs(file, 1_000) });
    expect(await seqs(store)).toHaveLength(2_500);
    await store.close();
  });

  it.each([
    ['at its beginning', 0],
    ['behind its beginning', 40_960],
  ])('cost no start where the file is damaged %s, and it is told', async (_where, from) => {
    const file = formerFile(5_000);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, from));
    const store = await createFileLogStore({ folder: newFolder(), former: formerSqliteLogs(file, 1_000) });
    const [last] = await store.query({ limit: 1 });
    expect(last).toMatchObject({ level: 'error', service: 'logging', event: 'log_store_mended' });
    expect(last.message).toMatch(/^logs\.db is damaged/);
    await store.close();
  });

  it('are none where there is no such file', async () => {
    const former = formerSqliteLogs(join(root, 'none.db'), 1_000);
    const store = await createFileLogStore({ folder: newFolder(), former });
    expect(await store.query({ limit: 1 })).toEqual([]);
    await store.close();
  });
});
