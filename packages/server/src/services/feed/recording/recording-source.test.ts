import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { tarOf, zipOf } from './archive.fixture.ts';
import { openRecording } from './recording-source.ts';
import { collect, recording, withFile } from './recordings.fixture.ts';

const HEADER = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg';
const MINUTE = `${HEADER}\n202608191127,25-Aug-2026,24000,CE,24052.4,61.5,10,5,-2\n`;

test('the format is told by content, not by name', async () => {
  for (const [name, bytes] of [
    ['nifty.csv', MINUTE],
    ['nifty.bin', gzipSync(MINUTE)],
    ['nifty.tar.xz', MINUTE],
  ] as const) {
    const { chains } = await withFile(name, bytes, async (path) => collect(await openRecording(path)));
    expect(chains.length, name).toBe(1);
  }
});

test.each([
  ['notes.csv', 'hello,world\n1,2\n'],
  ['empty.csv.gz', ''],
  ['zip.csv', zipOf([['a.csv', 'hello,world']])],
  ['other.json', '{"status":"success","data":[]}'],
  ['noise.bin', Uint8Array.from({ length: 9000 }, (_, i) => (i * 7919) % 251)],
])('%s is of no supported format', async (name, content) => {
  await withFile(name, content, async (path) => {
    await expect(openRecording(path)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(new RegExp(`^${name}: .*Supported.*minute CSV.*Deribit`)),
    });
  });
});

test('an archive without a page is of no supported format', async () => {
  const bytes = await tarOf([
    ['a.txt', 'nothing'],
    ['b.txt', 'nothing'],
  ]);
  await withFile('pages.tar', bytes, (path) =>
    expect(openRecording(path)).rejects.toMatchObject({ code: 'unreadable_source' }),
  );
});

test('a file that is not there, or a folder, is named', async () => {
  await expect(openRecording('/nowhere/nifty.csv.gz')).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringContaining('nifty.csv.gz: cannot be opened'),
  });
  await expect(openRecording(tmpdir())).rejects.toMatchObject({ code: 'unreadable_source' });
});

test('pages of a zip are read in time order, and a damaged one costs itself only', async () => {
  const page = (day: string) =>
    `INSTRUMENT,SYMBOL,EXPIRY_DT,STRIKE_PR,OPTION_TYP,CLOSE,SETTLE_PR,CONTRACTS,OPEN_INT,CHG_IN_OI,TIMESTAMP\nOPTIDX,NIFTY,29-Aug-2019,11000,CE,100,101,4,750,75,${day}-AUG-2019\n`;
  const members = ['02', '05', '01'].map((day) => [`fo${day}AUG2019bhav.csv`, page(day)] as const);
  const whole = zipOf(members);
  const dates = async (bytes: Uint8Array) => {
    const { chains, rejected } = await withFile('august.zip', bytes, async (path) =>
      collect(await openRecording(path)),
    );
    return [chains.map(({ timestamp }) => new Date(timestamp).getUTCDate()), rejected];
  };
  expect(await dates(whole)).toEqual([[1, 2, 5], []]);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, damaged.lastIndexOf('PK\u0003\u0004') + 60, damaged.indexOf('PK\u0001\u0002') - 20);
  expect(await dates(damaged)).toEqual([
    [2, 5],
    [
      expect.objectContaining({
        rejection: 'unreadable_member',
        where: { file: 'august.zip', member: 'fo01AUG2019bhav.csv' },
      }),
    ],
  ]);
});

test('a head that is cut off already is named', async () => {
  await withFile('nifty.csv.gz', gzipSync(MINUTE).subarray(0, 14), (path) =>
    expect(openRecording(path)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringContaining('nifty.csv.gz: truncated or damaged after byte 14 of 14'),
    }),
  );
});

test('a long file name makes an epoch that fits and still tells files apart', async () => {
  const epochs = [];
  for (const end of ['a', 'b']) {
    const name = `nifty_${'x'.repeat(90)}${end}.csv`;
    epochs.push(await withFile(name, MINUTE, async (path) => (await openRecording(path)).epoch));
  }
  for (const epoch of epochs) expect(epoch.length).toBeLessThanOrEqual(64);
  expect(epochs[0]).not.toBe(epochs[1]);
});

const days = recording('nse/nifty_chain_20260820.csv.gz');

test.skipIf(days.absent)('a second reading repeats the first, byte for byte', async () => {
  const first = await collect(await openRecording(days.path));
  const second = await collect(await openRecording(days.path));
  expect(second).toEqual(first);
  expect(first.chains.map(({ seq }) => seq)).toEqual(first.chains.map((_, i) => i + 1));
  expect(first.ticks.map(({ seq }) => seq)).toEqual(first.ticks.map((_, i) => i + 1));
});

const pages = recording('nse/karthik_NIFTY_2026-05-26_1min_nseweb_csv.tar.xz');

test.skipIf(pages.absent)(
  'nothing is left in the temporary folder, also when given up half way',
  async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('deltastream-replay-')).length;
    const before = left();
    await collect(await openRecording(pages.path), 3);
    await collect(await openRecording(pages.path));
    expect(left()).toBeLessThanOrEqual(before);
  },
);

test('progress ends at the size of the file', async () => {
  await withFile('nifty.csv.gz', gzipSync(MINUTE), async (path) => {
    const source = await openRecording(path);
    await collect(source);
    const { position, total } = source.progress();
    expect(position).toBe(total);
  });
});
