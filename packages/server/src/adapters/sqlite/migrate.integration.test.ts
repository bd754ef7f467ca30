import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSchema } from './file-schema.ts';
import { OLD_SCHEMA, ROWS } from './migrate.fixture.ts';
import { openDatabase } from './open-database.ts';

const PROGRAM = fileURLToPath(new URL('./migrate.fixture.ts', import.meta.url));
const CREATE = { what: 'words', sql: 'CREATE TABLE word (text TEXT) STRICT' };
const INDEX = { what: 'an index', sql: 'CREATE INDEX word_by_text ON word (text)' };
const BROKEN = { what: 'a step that fails', sql: `INSERT INTO word VALUES ('lost'); DROP TABLE nowhere` };
const schemaOf = (...steps: FileSchema['steps'][number][]): FileSchema => ({ steps, keepsCopy: true });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrate-'));
  file = join(folder, 'words.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (schema: FileSchema) =>
  openDatabase({ file, schema, synchronous: 'FULL', busyTimeoutMs: 2000, isPrivate: true });
function made(schema: FileSchema, ...words: string[]): void {
  const database = open(schema);
  for (const word of words) database.prepare('INSERT INTO word VALUES (?)').run(word);
  database.close();
}
function look<T>(path: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
const versionOf = (path: string) =>
  look(path, (database) => database.prepare('PRAGMA user_version').get()?.user_version);
const wordsIn = (path: string) =>
  look(path, (database) =>
    database
      .prepare('SELECT text FROM word')
      .all()
      .map(({ text }) => text),
  );
const copies = () => readdirSync(folder).filter((name) => name.includes('.version-'));
const bytes = () =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );

describe('a file of an older release', () => {
  it('gets the steps that it lacks, with a copy beside it meanwhile, of its owner alone', () => {
    made(schemaOf(CREATE), 'kept');
    const copy = `${file}.version-1`;
    let seen: unknown;
    const schema: FileSchema = {
      ...schemaOf(CREATE, INDEX),
      complete() {
        seen = { words: wordsIn(copy), version: versionOf(copy), mode: statSync(copy).mode & 0o777 };
      },
    };
    open(schema).close();
    expect(seen).toEqual({ words: ['kept'], version: 1, mode: 0o600 });
    expect(versionOf(file)).toBe(2);
    expect(wordsIn(file)).toEqual(['kept']);
    expect(copies()).toEqual([]);
  });

  it('is copied with what only its log holds', () => {
    const writer = open(schemaOf(CREATE));
    writer.prepare('INSERT INTO word VALUES (?)').run('in the log');
    let copied: unknown;
    open({
      ...schemaOf(CREATE, INDEX),
      complete: () => {
        copied = wordsIn(`${file}.version-1`);
      },
    }).close();
    writer.close();
    expect(copied).toEqual(['in the log']);
  });

  it('is as it was when a step fails: the step is named, the copy is there, a mended release goes on', () => {
    made(schemaOf(CREATE), 'kept');
    expect(() => open(schemaOf(CREATE, INDEX, BROKEN))).toThrow(
      /step 3 \(a step that fails\): no such table: nowhere; the file is as it was, of schema version 1/,
    );
    for (const each of [file, `${file}.version-1`]) {
      expect(wordsIn(each)).toEqual(['kept']);
      expect(versionOf(each)).toBe(1);
    }
    open(schemaOf(CREATE, INDEX)).close();
    expect(copies()).toEqual([]);
  });

  it('is not copied when it is new, nor when nothing is missing', () => {
    const schema = schemaOf(CREATE, INDEX);
    const names: string[][] = [];
    const noted: FileSchema = { ...schema, complete: () => void names.push(readdirSync(folder)) };
    open(noted).close();
    open(noted).close();
    expect(names.flat().filter((name) => name.includes('version'))).toEqual([]);
    expect(names).toHaveLength(2);
  });
});

describe('a file that is not for this release keeps every byte', () => {
  it.each([
    ['of a newer one', schemaOf(CREATE), 'newer release has written it; upgrade DeltaStream'],
    ['of something else', { ...schemaOf(CREATE, INDEX), applicationId: 7 }, 'of something else'],
  ])('%s, with its log', (_what, schema, reason) => {
    // What a killed process leaves: rows that only the log has.
    const elsewhere = join(folder, 'elsewhere.db');
    const writer = openDatabase({
      file: elsewhere,
      schema: schemaOf(CREATE, INDEX),
      synchronous: 'FULL',
      busyTimeoutMs: 0,
    });
    writer.prepare('INSERT INTO word VALUES (?)').run('in the log');
    for (const part of ['', '-wal']) copyFileSync(elsewhere + part, file + part);
    writer.close();
    rmSync(elsewhere);
    const before = bytes();
    expect(Object.keys(before)).toEqual(['words.db', 'words.db-wal']);
    expect(() => open(schema)).toThrow(reason);
    expect(bytes()).toEqual(before);
    expect(wordsIn(file)).toEqual(['in the log']);
  });

  it('a database without a version', () => {
    const foreign = new DatabaseSync(file);
    foreign.exec('CREATE TABLE bookmark (url TEXT)');
    foreign.close();
    const before = bytes();
    expect(() => open(schemaOf(CREATE))).toThrow('of something else');
    expect(bytes()).toEqual(before);
  });
});

describe('a process that is killed while it brings a file up to date', () => {
  const log = () => join(folder, 'log');
  const upgrade = () =>
    spawn(process.execPath, [PROGRAM, file, log()], { stdio: ['ignore', 'ignore', 'inherit'] });
  const state = () =>
    look(file, (database) => {
      const columns = database.prepare(`SELECT name FROM pragma_table_info('note')`).all();
      const [{ rows, old }] = database
        .prepare('SELECT count(*) AS rows, sum(length(text) = 800) AS old FROM note')
        .all();
      const isNew = columns.length === 3;
      expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      expect({ rows, old }).toEqual({ rows: ROWS, old: isNew ? 0 : ROWS });
      expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: isNew ? 2 : 1 });
      return isNew ? 'new' : 'old';
    });
  const killed = async (child: ChildProcess) => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    return child.signalCode === 'SIGKILL';
  };
  const untilThere = async (path: string, child: ChildProcess) => {
    while (!existsSync(path) && child.exitCode === null) await sleep(1);
  };

  it('leaves the old file or the new one, and the next goes on', async () => {
    open(OLD_SCHEMA).close();
    // While the copy is written, and while the step runs, for which the copy waits.
    for (const [part, pauseMs] of [
      ['.version-1.partial', 0],
      ['.version-1', 0],
      ['.version-1', 40],
    ] as const) {
      for (const name of copies()) rmSync(join(folder, name));
      const child = upgrade();
      await untilThere(file + part, child);
      await sleep(pauseMs);
      expect(await killed(child), `${part} after ${pauseMs} ms`).toBe(true);
      expect(state()).toBe('old');
      expect(copies()).not.toEqual([]);
    }
    await once(upgrade(), 'exit');
    expect(state()).toBe('new');
    expect(copies()).toEqual([]);
  });

  it('runs the steps once when two processes start at a time', async () => {
    open(OLD_SCHEMA).close();
    writeFileSync(log(), '');
    await Promise.all([upgrade(), upgrade()].map((child) => once(child, 'exit')));
    expect(readFileSync(log(), 'utf8')).toBe('done\ndone\n');
    expect(state()).toBe('new');
  });
});
