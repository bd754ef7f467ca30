import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, silentLogger } from '../../../kit/logging/log.ts';
import { createConsoleLog } from '../../../kit/logging/outputs/console-log.ts';
import type { Bus } from '../../../ports/bus.ts';
import { EXPIRY, HEADER, minuteLines, minutesCsv, startImports, temporaryFolder } from './imports.fixture.ts';
import { createRejectsFile } from './rejects-file.ts';

const MINUTES = 10;
let folder: ReturnType<typeof temporaryFolder>;
let stand: Awaited<ReturnType<typeof startImports>>;
beforeEach(() => {
  folder = temporaryFolder('imports-');
});
afterEach(async () => {
  await stand.stop();
  folder.remove();
});

const start = async (settings: Parameters<typeof startImports>[1] = {}) => {
  stand = await startImports(folder.path, settings);
  await stand.imports.start();
};
const imported = async (order: Parameters<typeof stand.imports.add>[0]) =>
  stand.ended((await stand.imports.add(order)).id);
const inImports = () => readdirSync(join(folder.path, 'imports')).filter((name) => !name.startsWith('.'));

describe('a dry run', () => {
  it('says what is in a recording and what it would replace, and writes nothing', async () => {
    await start();
    stand.put('nifty.csv', minutesCsv(MINUTES));
    await imported({ file: 'nifty.csv' });
    const before = await stand.store.counts();
    const more = [...minuteLines(MINUTES - 1), ...minuteLines(MINUTES), ...minuteLines(MINUTES + 1)];
    stand.put(
      'nifty-more.csv',
      [HEADER, '<html>', ...more, '202608191000,25-Aug-2026,24000,CE,1,x,1,1,1', ''].join('\n'),
    );
    const { state, dry_run, progress } = await imported({ file: 'nifty-more.csv', dry_run: true });
    expect([state, dry_run]).toEqual(['done', true]);
    expect(progress).toMatchObject({
      chains: 3,
      ticks: 3,
      rejected: 2,
      rejects: null,
      stored: null,
      outcome: null,
    });
    expect(progress?.rejections).toEqual([
      {
        rejection: 'wrong_column_count',
        count: 1,
        place: 'nifty-more.csv line 2',
        reason: expect.any(String),
      },
      {
        rejection: 'bad_value',
        count: 1,
        place: 'nifty-more.csv line 15',
        reason: expect.stringContaining('ltp is "x"'),
      },
    ]);
    expect(progress?.preview).toEqual({
      format: 'minute CSV (timestamp,expiry,strike,option_type,spot,ltp,...)',
      units: 'open interest and volume in contracts',
      products: [
        {
          ...{ product: 'NIFTY', currency: 'INR', lot_sizes: [65], expiries: [EXPIRY], expiries_left_out: 0 },
          ...{ from: '2026-08-19T03:59:00.000Z', to: '2026-08-19T04:01:00.000Z' },
          ...{ chains: 3, ticks: 3, strikes: 6, chains_stored: 1, ticks_stored: 1 },
        },
      ],
      products_left_out: 0,
    });
    expect(await stand.store.counts()).toEqual(before);
    expect(inImports()).toEqual(['nifty-more.csv', 'nifty.csv']);
    expect(readdirSync(join(folder.path, 'imports', '.under-way'))).toEqual([]);
  });

  it('lists as many products and expiries as a setting says, and counts the others', async () => {
    await start({ previewProducts: 1 });
    stand.put(
      'nifty.csv',
      [
        ...minutesCsv(1).trim().split('\n'),
        ...minuteLines(0).map((line) => line.replace('25-Aug', '29-Sep')),
      ].join('\n'),
    );
    const { progress } = await imported({ file: 'nifty.csv', dry_run: true });
    expect(progress?.preview?.products).toMatchObject([
      { expiries: [EXPIRY], expiries_left_out: 1, chains: 2 },
    ]);
  });
});

describe('rejected parts', () => {
  const bad = (rows: number) =>
    [HEADER, ...minuteLines(0), ...Array(rows).fill('=1+1,2'), ...minuteLines(1), ''].join('\n');

  it('are listed beside the recording by line, which stays as it is, up to a bound, and counted beyond it', async () => {
    await start({ rejectsRows: 3 });
    stand.put('nifty.csv', bad(5));
    const { id, progress } = await imported({ file: 'nifty.csv' });
    expect(progress).toMatchObject({
      chains: 2,
      rejected: 5,
      rejects: { file: 'nifty.csv.rejects.csv', rows: 3 },
    });
    expect(progress?.rejections).toMatchObject([{ count: 5, place: 'nifty.csv line 6' }]);
    const path = join(folder.path, 'imports', 'nifty.csv.rejects.csv');
    expect(await stand.imports.rejects(id)).toBe(path);
    expect(
      readFileSync(path, 'utf8')
        .trim()
        .split('\r\n')
        .map((line) => line.split(',').slice(0, 4)),
    ).toEqual([
      ['file', 'member', 'line', 'rejection'],
      ...[6, 7, 8].map((line) => ['nifty.csv', '', `${line}`, 'wrong_column_count']),
    ]);
    expect(readFileSync(join(folder.path, 'imports', 'nifty.csv'), 'utf8')).toBe(bad(5));
    expect(await stand.imports.recordings()).toEqual(['nifty.csv']);
    expect(readdirSync(join(folder.path, 'imports')).filter((name) => name.endsWith('.part'))).toEqual([]);
    // Put right: the list of before is no longer true.
    stand.put('nifty.csv', minutesCsv(2));
    expect((await imported({ file: 'nifty.csv' })).progress?.rejects).toBeNull();
    expect(inImports()).toEqual(['nifty.csv']);
  });

  it('are safe to open in a spreadsheet', async () => {
    await start();
    const path = join(folder.path, 'nifty.csv');
    const rejects = createRejectsFile(path, folder.path, 10, silentLogger);
    await rejects.add({
      kind: 'rejected',
      rejection: 'bad_value',
      where: { file: '=cmd()' },
      reason: '@SUM(A1)',
    });
    await rejects.end();
    expect(readFileSync(`${path}.rejects.csv`, 'utf8')).toMatch(/\r\n'=cmd\(\),,,bad_value,'@SUM\(A1\)\r\n$/);
  });

  it.runIf(existsSync('/sys'))(
    'are listed elsewhere where the folder of the recording cannot be written, and an import goes on where neither can',
    async () => {
      await start();
      const item = {
        kind: 'rejected',
        rejection: 'bad_value',
        where: { file: 'x', line: 7 },
        reason: 'no number',
      } as const;
      // A folder of the kernel, in which its administrator cannot make a file, either.
      const sealed = createRejectsFile('/sys/nifty.csv', join(folder.path, 'elsewhere'), 10, silentLogger);
      await sealed.add(item);
      expect(await sealed.end()).toEqual({ file: 'nifty.csv.rejects.csv', rows: 1 });
      expect(readdirSync(join(folder.path, 'elsewhere'))).toEqual(['nifty.csv.rejects.csv']);
      writeFileSync(join(folder.path, 'file'), '');
      const nowhere = createRejectsFile(
        join(folder.path, 'file', 'nifty.csv'),
        folder.path,
        10,
        silentLogger,
      );
      await nowhere.add(item);
      expect(await nowhere.end()).toBeNull();
    },
  );
});

describe('an import', () => {
  /** Chains that were published, and a bus that stops the import at one of them. */
  const counting =
    (published: string[]) =>
    (bus: Bus): Bus => ({
      ...bus,
      publish(topic, frame) {
        published.push(topic);
        return bus.publish(topic, frame);
      },
    });

  it('that a stop ended goes on at the next start, under its number, unless the file is another by then', async () => {
    const published: string[] = [];
    await start({ markMs: 0, wrapBus: counting(published) });
    stand.put('nifty.csv', minutesCsv(150));
    await stand.imports.add({ file: 'nifty.csv' });
    await expect.poll(() => published.length).toBeGreaterThan(20);
    await stand.stop();
    const before = published.splice(0).length;
    expect(before).toBeLessThan(300);
    await start({ wrapBus: counting(published) });
    const [{ id }] = await stand.imports.list();
    const { progress } = await stand.ended(id);
    expect(progress?.resumed_at).toBeGreaterThan(0);
    expect(published.length).toBe(300 - (progress?.resumed_at ?? 0));
    expect(progress).toMatchObject({ chains: 150, outcome: { chains: { new: 150, kept: 0 } }, stored: true });
    await stand.stop();
    await start();
    expect(await stand.imports.list()).toEqual([]);
  });

  it('begins at the beginning where another file has its name by then', async () => {
    const published: string[] = [];
    await start({ markMs: 0, wrapBus: counting(published) });
    stand.put('nifty.csv', minutesCsv(150));
    await stand.imports.add({ file: 'nifty.csv' });
    await expect.poll(() => published.length).toBeGreaterThan(20);
    await stand.stop();
    stand.put('nifty.csv', minutesCsv(120));
    await start();
    const [{ id }] = await stand.imports.list();
    expect((await stand.ended(id)).progress).toMatchObject({ resumed_at: 0, chains: 120, stored: true });
  });

  it('is cancelled while it runs and while it waits, and not at its end', async () => {
    const published: string[] = [];
    await start({ wrapBus: counting(published) });
    stand.put('nifty.csv', minutesCsv(150));
    stand.put('nifty-2.csv', minutesCsv(2));
    let hold = true;
    const slow = stand.bus.pressure;
    stand.bus.pressure = (topic) => (hold ? 1 : slow(topic));
    const running = await stand.imports.add({ file: 'nifty.csv' });
    const waiting = await stand.imports.add({ file: 'nifty-2.csv' });
    await expect.poll(async () => (await stand.imports.find(running.id))?.state).toBe('running');
    await stand.imports.cancel(waiting.id);
    await stand.imports.cancel(running.id);
    expect(await stand.ended(running.id)).toMatchObject({
      state: 'done',
      progress: { cancelled: true, outcome: null },
    });
    expect(await stand.ended(waiting.id)).toMatchObject({
      state: 'done',
      progress: { cancelled: true, chains: 0 },
    });
    hold = false;
    await expect(stand.imports.cancel(running.id)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await stand.imports.cancel('77')).toBeNull();
    // Neither stays cancelled for the next one of its name.
    expect((await imported({ file: 'nifty-2.csv' })).progress).toMatchObject({
      cancelled: false,
      chains: 2,
      stored: true,
    });
    expect(readdirSync(join(folder.path, 'imports', '.under-way'))).toEqual([]);
  });

  it('goes on where it cannot be noted how far it is, and says so once', async () => {
    let shown = '';
    const logger = createLogger(
      'warn',
      createConsoleLog((text) => {
        shown += text;
      }),
    );
    mkdirSync(join(folder.path, 'imports'));
    writeFileSync(join(folder.path, 'imports', '.under-way'), 'in the place of a folder');
    await start({ markMs: 0, logger });
    stand.put('nifty.csv', minutesCsv(5));
    expect(await imported({ file: 'nifty.csv' })).toMatchObject({
      state: 'done',
      progress: { chains: 5, stored: true },
    });
    expect(shown.split('\n').filter((line) => line.includes('how far an import is'))).toHaveLength(1);
  });

  it('that failed for good is not tried again at the next start', async () => {
    await start();
    stand.put('letter.txt', 'Dear Sir');
    expect((await imported({ file: 'letter.txt' })).state).toBe('dead');
    await stand.stop();
    await start();
    expect(await stand.imports.list()).toEqual([]);
  });
});
