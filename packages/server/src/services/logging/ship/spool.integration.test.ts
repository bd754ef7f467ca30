import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { openSpool, type Spool, spoolLine } from './spool.ts';

let folder: string;
let told: [string, number][];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
  told = [];
});
afterEach(() => rm(folder, { recursive: true }));

const open = (maxBytes = 1_000_000) =>
  openSpool({ folder, maxBytes, onDropped: (reason, count) => told.push([reason, count]) });

const line = (n: number, text = ''): string => {
  const entry: LogEntry = {
    ...{ timestamp: n, level: 'info', service: 'feed', message: `${n}${text}` },
    ...NO_CONTEXT,
    fields: {},
  };
  return spoolLine(entry, n);
};
const lines = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i));

async function readAll(spool: Spool): Promise<{ messages: string[]; keys: string[] }> {
  const [messages, keys]: [string[], string[]] = [[], []];
  for (let batch = await spool.peek(7, 500); batch !== null; batch = await spool.peek(7, 500)) {
    messages.push(...batch.entries.map(({ entry }) => entry.message));
    keys.push(...batch.entries.map(({ key }) => key));
    await spool.passed();
  }
  return { messages, keys };
}

it('gives what was pushed, in order, with keys that no other entry has', async () => {
  const spool = await open();
  await Promise.all([spool.push(lines(0, 30)), spool.push(lines(30, 30))]);
  expect(spool.waiting().entries).toBe(60);
  const { messages, keys } = await readAll(spool);
  expect(messages).toEqual(Array.from({ length: 60 }, (_, i) => String(i)));
  expect(new Set(keys).size).toBe(60);
  expect(spool.waiting()).toEqual({ entries: 0, bytes: 0 });
  await spool.close();
});

it('counts what was refused of a batch once, also when the batch is sent again after a restart', async () => {
  const first = await open();
  await first.push(lines(0, 5));
  await first.peek(5, 100_000);
  first.refused('status_400', 2);
  await first.close();
  const second = await open();
  expect(second.dropped()).toEqual({});
  await second.peek(5, 100_000);
  second.refused('status_400', 2);
  await second.passed();
  expect(second.dropped()).toEqual({ status_400: 2 });
  await second.close();
  const third = await open();
  expect(third.dropped()).toEqual({ status_400: 2 });
  expect(told).toEqual([['status_400', 2]]);
  await third.close();
});

it('has after a restart what was not passed on, with the keys that it had', async () => {
  const first = await open();
  await first.push(lines(0, 20));
  const batch = await first.peek(5, 100_000);
  await first.passed();
  const next = await first.peek(5, 100_000);
  await first.close();
  const second = await open();
  const { messages, keys } = await readAll(second);
  expect(messages).toEqual(Array.from({ length: 15 }, (_, i) => String(i + 5)));
  expect(keys.slice(0, 5)).toEqual(next?.entries.map(({ key }) => key));
  expect(keys).not.toContain(batch?.entries[0].key);
  await second.push(lines(20, 1));
  expect((await readAll(second)).keys[0]).not.toBe(keys[0]);
  await second.close();
});

it('takes away a line that was cut off, and reads a line longer than a batch', async () => {
  const first = await open();
  await first.push([line(0), line(1, 'x'.repeat(2_000))]);
  await first.close();
  const [file] = (await readdir(folder)).filter((name) => name.endsWith('.ndjson'));
  await appendFile(join(folder, file), '{"at":1,"entry":{"messa');
  const second = await open();
  expect((await readAll(second)).messages).toEqual(['0', `1${'x'.repeat(2_000)}`]);
  await second.close();
});

it('counts a damaged line as dropped, and gives the others', async () => {
  const spool = await open();
  await spool.push([line(0), 'no JSON\n', line(1)]);
  expect((await readAll(spool)).messages).toEqual(['0', '1']);
  expect(told).toEqual([['spool_damaged', 1]]);
  await spool.close();
});

it('drops the oldest that are not being sent, and never what is', async () => {
  const spool = await open(8_000);
  await spool.push(lines(0, 10));
  const batch = await spool.peek(3, 100_000);
  for (let n = 10; n < 300; n += 10) await spool.push(lines(n, 10));
  const { entries, bytes } = spool.waiting();
  expect(bytes).toBeLessThanOrEqual(8_000);
  expect(entries + (spool.dropped().spool_full ?? 0)).toBe(300);
  expect(batch?.entries.map(({ entry }) => entry.message)).toEqual(['0', '1', '2']);
  await spool.passed();
  const { messages } = await readAll(spool);
  expect(messages).toHaveLength(entries - 3);
  expect(messages.at(-1)).toBe('299');
  await spool.close();
});

it('refuses a line that is larger than a part of it, and keeps the others', async () => {
  const spool = await open(8_000);
  await spool.push([line(0), line(1, 'x'.repeat(1_200)), line(2)]);
  expect((await readAll(spool)).messages).toEqual(['0', '2']);
  expect(spool.dropped()).toEqual({ too_large: 1 });
  await spool.close();
});

it('loses nothing that it took, and counts each line once, when its process is killed while it overflows', async () => {
  const child = fork(new URL('./fill-spool.fixture.ts', import.meta.url), [folder, '40000'], {
    silent: true,
  });
  let pushed = 0;
  await new Promise<void>((resolve, reject) => {
    child.on('message', (count: number) => {
      pushed = count;
      if (count >= 5_000) resolve();
    });
    child.on('exit', (code) => reject(new Error(`the process ended with ${code}`)));
  });
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  const spool = await open(40_000);
  const { entries } = spool.waiting();
  const dropped = spool.dropped().spool_full ?? 0;
  const { messages } = await readAll(spool);
  expect(messages).toHaveLength(entries);
  const last = Number(messages.at(-1));
  // What was on its way to a file when the process was killed may be there, too.
  expect(last + 1).toBeGreaterThanOrEqual(pushed);
  expect(entries + dropped).toBe(last + 1);
  await spool.close();
});
