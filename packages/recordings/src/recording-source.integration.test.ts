import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openRecording } from './recording-source.ts';
import { tarOf, zipOf } from './testing/archive.fixture.ts';
import { bhavcopy, gzipBomb, manyStrikes, nestedJson, zipBomb } from './testing/bombs.fixture.ts';
import { collect, recording, withFile } from './testing/recordings.fixture.ts';
import type { RecordingLimits } from './transport/recording-limits.ts';

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

test.each([
  ['utf16.csv', Buffer.from(`\uFEFF${MINUTE}`, 'utf16le'), 'is text in UTF-16; save it as UTF-8'],
  ['twice.csv.gz', gzipSync(gzipSync(MINUTE)), 'is compressed with gzip once more'],
  ['chain.bz2', Buffer.from('BZh91AY&SY'), 'is compressed with bzip2'],
  ['zeros.csv', Buffer.alloc(4096), 'holds zeros only'],
  ['empty.csv', '', 'is empty'],
  ['inner.zip', zipOf([['pages.zip', 'PK\u0003\u0004']]), 'member pages.zip is a zip archive inside another'],
  [
    'book.xlsx',
    zipOf([['[Content_Types].xml', '<?xml version="1.0"?>\n<Types xmlns="x">']]),
    'an Excel workbook',
  ],
  [
    '20210104_trade_european.zip',
    zipOf([['20210104_spx_minute_trade_european_call_32000000_20210115.csv', '39180000,1,1,1,1,1']]),
    "holds Lean's trades, .* import DATE_quote_STYLE.zip",
  ],
  [
    '20210104_trade.zip',
    zipOf([['20210104_spx_minute_trade.csv', '30600000,3764.61,3769.99,3764.61,3766.63,0']]),
    "holds Lean's prices of an underlying",
  ],
  ['semicolons.csv', MINUTE.replaceAll(',', ';'), 'line 1 is .*expected commas between its columns'],
  ['capitals.csv', MINUTE.toUpperCase(), 'expected the names of its columns in small letters'],
  ['returns.csv', MINUTE.replaceAll('\n', '\r'), 'expected lines that end in a line feed'],
])('the refusal of %s says what it is and what to do', async (name, content, says) => {
  await withFile(name, content, (path) =>
    expect(openRecording(path)).rejects.toMatchObject({ message: expect.stringMatching(says) }),
  );
});

test('an archive whose members cannot be read is refused with the reason of the first', async () => {
  const encrypted = Buffer.from(zipOf([['NIFTY.csv', MINUTE]]));
  encrypted[encrypted.indexOf('PK\u0001\u0002') + 8] = 1;
  await withFile('locked.zip', encrypted, (path) =>
    expect(openRecording(path)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: 'locked.zip: member NIFTY.csv: it is encrypted',
    }),
  );
});

test("a zip with Windows' separator in its names has folders, too", async () => {
  const { chains } = await withFile('pages.zip', zipOf([['C:\\days\\NIFTY.csv', MINUTE]]), async (path) =>
    collect(await openRecording(path)),
  );
  expect(chains.map(({ product }) => product)).toEqual(['NIFTY']);
});

test.each(['000108191127', '190108191127', '220008191127'])(
  'a row of the instant %s is rejected, the others are read',
  async (timestamp) => {
    const rows = `${MINUTE}${timestamp},25-Aug-2026,24000,CE,24052.4,61.5,10,5,-2\n`;
    for (const content of [rows, await tarOf([['NIFTY.csv', rows]])]) {
      const { chains, rejected } = await withFile('NIFTY.csv', content, async (path) =>
        collect(await openRecording(path)),
      );
      expect(chains).toHaveLength(1);
      expect(rejected).toMatchObject([
        { rejection: 'bad_timestamp', where: { line: 3 }, reason: expect.stringContaining('1970 to 2199') },
      ]);
    }
  },
);

test.each(['constructor', 'toString', '__proto__'])(
  'a row whose word is %s, which every object knows, is rejected like another',
  async (word) => {
    const rows = `${MINUTE}202608191127,25-Aug-2026,24100,${word},24052.4,61.5,10,5,-2\n`;
    const { chains, rejected } = await withFile('NIFTY.csv', rows, async (path) =>
      collect(await openRecording(path)),
    );
    expect(chains).toHaveLength(1);
    expect(rejected).toMatchObject([{ rejection: 'unknown_option_type', where: { line: 3 } }]);
  },
);

test('a number beyond every price and size is rejected, so that no sum of them overflows', async () => {
  const rows = `${MINUTE}202608191127,25-Aug-2026,24100,CE,24052.4,1e308,10,5,-2\n`;
  const { rejected } = await withFile('NIFTY.csv', rows, async (path) => collect(await openRecording(path)));
  expect(rejected).toMatchObject([{ rejection: 'bad_value', where: { line: 3 } }]);
});

test('a price of the underlying that is none, and a product that is none, cost their reading only', async () => {
  const leg = (over: object) => ({ strikePrice: 24000, expiryDate: '25-Aug-2026', openInterest: 5, ...over });
  const page = { timestamp: '21-Aug-2026 10:00:00', data: [{ CE: leg({ underlying: 'NIFTY' }) }] };
  const text = JSON.stringify({ records: page }).replace('"data"', '"underlyingValue":1e999,"data"');
  const { chains, ticks, rejected } = await withFile('page.json', text, async (path) =>
    collect(await openRecording(path)),
  );
  expect([chains, ticks]).toEqual([[], []]);
  expect(rejected).toMatchObject([{ reason: 'the price of NIFTY is Infinity, which is none' }, {}]);
  const header =
    'timestamp,instrument_name,option_type,strike,expiry_datetime,bid_price,ask_price,mark_price,futures_price,open_interest,volume,currency,index_price';
  const row = (currency: string) =>
    `2026-01-05T09:00:00+00:00,${currency}-30JAN26-90000-C,call,90000,2026-01-30T08:00:00+00:00,0.01,0.02,0.015,90000,1,1,${currency},90000`;
  const deribit = await withFile(
    'a.csv',
    [header, row('BTC'), row('C'.repeat(30))].join('\n'),
    async (path) => collect(await openRecording(path)),
  );
  expect(deribit.chains.map(({ product }) => product)).toEqual(['BTC']);
  expect(deribit.rejected[0]).toMatchObject({
    reason: `its product is "${'C'.repeat(30)}", expected a symbol such as NIFTY`,
  });
});

test.each([-6e13, 8.64e15])('an instant by option of %d is not one of a quote', async (recordedAt) => {
  const page =
    'CALLS,,PUTS\n,OI,CHNG IN OI,VOLUME,IV,LTP,CHNG,BID QTY,BID,ASK,ASK QTY,STRIKE,BID QTY,BID,ASK,ASK QTY,CHNG,LTP,IV,VOLUME,CHNG IN OI,OI,\n';
  await withFile('option-chain-ED-NIFTY-13-Apr-2026.csv', page, (path) =>
    expect(openRecording(path, { recordedAt })).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringContaining('1970 to 2199'),
    }),
  );
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

test('a README larger than a chunk before the pages of a tar costs nothing', async () => {
  const readme = ['README.md', 'About these pages. '.repeat(5000)] as const;
  const bytes = await tarOf([readme, ['fo01AUG2019bhav.csv', bhavcopy('01')]]);
  const { chains, rejected } = await withFile('pages.tar', bytes, async (path) =>
    collect(await openRecording(path)),
  );
  expect(chains).toHaveLength(1);
  expect(rejected.map(({ where }) => where.member)).toEqual(['README.md']);
  const alone = await tarOf([readme]);
  await withFile('readme.tar', alone, (path) =>
    expect(openRecording(path)).rejects.toMatchObject({ code: 'unreadable_source' }),
  );
});

test('an archive inside an archive is a member like any other and not unpacked', async () => {
  const page = ['fo01AUG2019bhav.csv', bhavcopy('01')] as const;
  const inner = Buffer.from(zipOf([page])).toString('latin1');
  const bytes = await tarOf([page, ['inner.zip', inner]]);
  const { chains, rejected } = await withFile('outer.tar', bytes, async (path) =>
    collect(await openRecording(path)),
  );
  expect(chains).toHaveLength(1);
  expect(rejected).toEqual([
    expect.objectContaining({
      where: { file: 'outer.tar', member: 'inner.zip' },
      reason: expect.stringMatching(/^not a /),
    }),
  ]);
});

describe('what is beyond a bound costs itself only', () => {
  const read = async (name: string, content: string | Uint8Array, limits: Partial<RecordingLimits> = {}) =>
    withFile(name, content, async (path) => collect(await openRecording(path, { limits })));
  const TOO_LARGE = (reason: RegExp, member?: string) =>
    expect.objectContaining({
      rejection: 'too_large',
      where: expect.objectContaining(member === undefined ? {} : { member }),
      reason: expect.stringMatching(reason),
    });

  test('members that unpack a thousandfold', async () => {
    const { chains, rejected } = await read('bomb.zip', zipBomb(6));
    expect(chains).toHaveLength(5);
    expect(rejected.filter(({ rejection }) => rejection === 'too_large')).toEqual([
      TOO_LARGE(/limits.maxRatio/, 'bomb4.csv'),
      TOO_LARGE(/limits.maxRatio/, 'bomb5.csv'),
    ]);
  });

  test('a long name, a large member, a page of many lines', async () => {
    const long = 'n'.repeat(50);
    const bytes = await tarOf([
      ['fo01AUG2019bhav.csv', bhavcopy('01')],
      [long, bhavcopy('02')],
      ['large.csv', 'a'.repeat(2000)],
      ['lines.csv', '\n'.repeat(20)],
      ['fo05AUG2019bhav.csv', bhavcopy('05')],
    ]);
    const limits = { maxNameLength: 40, maxPageBytes: 1000, maxPageItems: 10 };
    const { chains, rejected } = await read('pages.tar', bytes, limits);
    expect(chains).toHaveLength(2);
    expect(rejected).toEqual([
      TOO_LARGE(/a name of 50 characters, more than 40 \(limits.maxNameLength\)/),
      TOO_LARGE(/2000 bytes, more than 1000 \(limits.maxPageBytes\)/, 'large.csv'),
      TOO_LARGE(/20 lines, more than 10 \(limits.maxPageItems\)/, 'lines.csv'),
    ]);
  });

  test('members beyond their number: those before are read', async () => {
    const bytes = await tarOf(['01', '02', '05'].map((day) => [`fo${day}.csv`, bhavcopy(day)] as const));
    const { chains, rejected } = await read('pages.tar', bytes, { maxMembers: 2 });
    expect(chains).toHaveLength(2);
    expect(rejected).toEqual([TOO_LARGE(/member 3, more than 2 \(limits.maxMembers\)/)]);
  });

  test('JSON that is nested without end', async () => {
    const { chains, rejected } = await read('messages.jsonl', nestedJson(1_000_000));
    expect([chains, rejected]).toEqual([[], [TOO_LARGE(/nested 65 deep, more than 64 \(limits.maxDepth\)/)]]);
  });

  test('a table that unpacks too far: its lines before that are read', async () => {
    const { rejected } = await read('nifty.csv.gz', gzipBomb(128));
    expect(rejected).toEqual([TOO_LARGE(/limits.maxRatio/)]);
  });

  test('a chain of more strikes than are taken, and rows of one instant without end', async () => {
    const { chains, rejected } = await read('nifty.csv', manyStrikes(150_000));
    expect(chains.map(({ columns }) => columns.count)).toEqual([1]);
    expect(rejected).toEqual([
      TOO_LARGE(/chain of NIFTY 2026-08-25 at 2026-08-19T05:57:00.000Z has more than 10000 strikes/),
    ]);
    const cut = await read('nifty.csv', manyStrikes(20), { maxPageItems: 18 });
    expect(cut.chains.map(({ columns }) => columns.count)).toEqual([18, 1]);
    expect(cut.rejected).toHaveLength(2);
  });
});

test('reading ends when it is stopped, and says so', async () => {
  await withFile('nifty.csv', manyStrikes(50_000), async (path) => {
    const stopping = new AbortController();
    const source = await openRecording(path, { signal: stopping.signal });
    stopping.abort();
    await expect(collect(source)).rejects.toMatchObject({ code: 'stopped' });
    await expect(openRecording(path, { signal: stopping.signal })).rejects.toMatchObject({ code: 'stopped' });
  });
});

describe('parts rejected without end', () => {
  const GOOD = MINUTE.split('\n')[1];
  const limits = { maxRejectedParts: 3 };

  /** What comes before the reading ends, and the error that it ends with. */
  const readToItsEnd = (name: string, content: string | Uint8Array, limits: Partial<RecordingLimits>) =>
    withFile(name, content, async (path) => {
      const source = await openRecording(path, { limits });
      const found: string[] = [];
      try {
        for await (const item of source) found.push(item.kind);
        return { found, error: null };
      } catch (error) {
        return { found, error };
      } finally {
        await source.close();
      }
    });
  const ended = (file: string, ...first: RegExp[]) =>
    expect.objectContaining({
      code: 'recording_too_large',
      permanent: true,
      message: expect.stringMatching(
        new RegExp(
          `^${file}: reading ended after 4 rejected parts, more than 3 \\(limits.maxRejectedParts\\); .*` +
            first.map(({ source }) => source).join('.*'),
        ),
      ),
    });

  test('a table: what came before them is read, the snapshot in progress included', async () => {
    const bad = GOOD.replace('61.5', 'n/a');
    const table = [HEADER, GOOD, ...new Array(200_000).fill(bad), GOOD.replace('1127', '1128')].join('\n');
    for (const [name, content] of [
      ['nifty.csv', table],
      ['nifty.csv.gz', gzipSync(table)],
      ['nifty.zip', zipOf([['nifty.csv', table]])],
    ] as const) {
      expect(await readToItsEnd(name, content, limits), name).toEqual({
        found: ['rejected', 'rejected', 'rejected', 'tick', 'chain'],
        error: ended(name, /line 3: ltp is "n\/a"/, /line 4:/, /line 5:/),
      });
    }
  });

  test('a table with fewer is read to its end', async () => {
    const table = [HEADER, 'x', GOOD, 'x', 'x'].join('\n');
    const { found, error } = await readToItsEnd('nifty.csv', table, limits);
    expect([found.length, error]).toEqual([5, null]);
  });

  test('pages, members that are none, and messages', async () => {
    const pages = ['01', '02', '05'].map((day) => [`fo${day}.csv`, bhavcopy(day)] as const);
    const rows = bhavcopy('02').split('\n');
    const spoilt = [rows[0], ...new Array(9).fill(rows[1].replace('NIFTY', '')), ...rows.slice(1)].join('\n');
    const withSpoilt = await tarOf([pages[0], ['fo02.csv', spoilt], pages[2]]);
    const { found, error } = await readToItsEnd('pages.tar', withSpoilt, limits);
    expect(found.filter((kind) => kind === 'chain')).toHaveLength(2);
    expect(error).toEqual(ended('pages.tar', /member fo02.csv line 3: .* is given twice/));

    const strangers = await tarOf([...pages, ...['a', 'b', 'c', 'd'].map((name) => [name, 'x'] as const)]);
    expect((await readToItsEnd('strangers.tar', strangers, limits)).error).toEqual(
      ended('strangers.tar', /member a:/),
    );

    const messages = `{"jsonrpc":"2.0","method":"subscription"}\n${'x\n'.repeat(9)}`;
    expect((await readToItsEnd('messages.jsonl', messages, limits)).error).toEqual(
      ended('messages.jsonl', /line 2:/),
    );
  });
});

test('reading ends when it gave nothing for too long, and says so', async () => {
  await withFile('nifty.csv', manyStrikes(50_000), async (path) => {
    const read = async () => collect(await openRecording(path, { limits: { maxSilentSeconds: 0.001 } }));
    await expect(read()).rejects.toMatchObject({
      code: 'recording_too_large',
      message: expect.stringMatching(/nifty\.csv: seconds of reading.*limits\.maxSilentSeconds/),
    });
  });
});

test('a file that is not there, or a folder, is named', async () => {
  await expect(openRecording('/nowhere/nifty.csv.gz')).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringContaining('nifty.csv.gz: cannot be opened'),
  });
  await expect(openRecording(tmpdir())).rejects.toMatchObject({ code: 'unreadable_source' });
});

test('pages of a zip are read in time order, and a damaged one costs itself only', async () => {
  const members = ['02', '05', '01'].map((day) => [`fo${day}AUG2019bhav.csv`, bhavcopy(day)] as const);
  const intact = zipOf(members);
  const dates = async (bytes: Uint8Array) => {
    const { chains, rejected } = await withFile('august.zip', bytes, async (path) =>
      collect(await openRecording(path)),
    );
    return [chains.map(({ timestamp }) => new Date(timestamp).getUTCDate()), rejected];
  };
  expect(await dates(intact)).toEqual([[1, 2, 5], []]);
  const damaged = Buffer.from(intact);
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

test.each([
  [
    'rows.csv',
    MINUTE.replace('option_type', 'type'),
    /resembles minute CSV.*, but line 1 is "timestamp,expiry,strike,type,spot,ltp,vo…", expected the columns option_type too/,
  ],
  [
    'late.csv',
    `exported by hand\n\n${MINUTE}`,
    /resembles minute CSV.*, but line 3 is ".*", expected this header on line 1/,
  ],
  [
    'page.json',
    '{"status":"success","data":[{"call_options":{}}]}',
    /resembles Upstox option chain JSON, but line 1 is .*, expected the keys "underlying_key" too/,
  ],
  ['blocked.csv', '<html><body>blocked</body></html>', /format: line 1 is "<html><body>blocked/],
])('the refusal of %s names the line that does not fit', async (name, content, reason) => {
  await withFile(name, content, async (path) => {
    await expect(openRecording(path)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(reason),
    });
  });
  await withFile(
    'archive.zip',
    zipOf([
      ['README.txt', 'by hand'],
      [name, content],
    ]),
    async (path) => {
      await expect(openRecording(path)).rejects.toMatchObject({ code: 'unreadable_source' });
    },
  );
});

test('of an archive the member that comes nearest is named', async () => {
  const bytes = zipOf([
    ['README.txt', 'by hand'],
    ['day/rows.csv', MINUTE.replace('option_type', 'type')],
  ]);
  await withFile('archive.zip', bytes, async (path) => {
    await expect(openRecording(path)).rejects.toMatchObject({
      message: expect.stringMatching(/member day\/rows.csv resembles minute CSV.*, but line 1 is/),
    });
  });
});

test('tables in an archive are read file by file in the order of their first rows', async () => {
  const row = (minute: string) => `202608191${minute},25-Aug-2026,24000,CE,24052.4,61.5,10,5,-2`;
  const bytes = await tarOf([
    ['nifty_b.csv', `${HEADER}\n${row('200')}\n${row('201')}\n`],
    ['nifty_a.csv', `${HEADER}\nbroken\n${row('127')}\n${row('200')}\n`],
    ['notes.txt', 'by hand'],
  ]);
  const { chains, rejected } = await withFile('days.tar', bytes, async (path) =>
    collect(await openRecording(path)),
  );
  expect(
    chains.map(({ product, timestamp }) => [product, new Date(timestamp).toISOString().slice(11, 16)]),
  ).toEqual([
    ['NIFTY', '05:57'],
    ['NIFTY', '06:30'],
    ['NIFTY', '06:31'],
  ]);
  expect(rejected.map(({ rejection, where }) => [rejection, where.member])).toEqual([
    ['unreadable_member', 'notes.txt'],
    ['wrong_column_count', 'nifty_a.csv'],
    ['duplicate', 'nifty_b.csv'],
  ]);
});

test('a product that neither content nor name say is that of the setting', async () => {
  await withFile('recorded.csv', MINUTE, async (path) => {
    const { chains } = await collect(await openRecording(path, { product: 'RELIANCE' }));
    expect(chains[0]).toMatchObject({ product: 'RELIANCE', lot_size: null, quality: ['lot_unknown'] });
  });
});

test.skipIf(process.platform !== 'linux')('a file whose bytes cannot be read is refused by name', () =>
  expect(openRecording('/proc/self/mem')).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringMatching(/^mem: cannot be read \(EIO/),
  }),
);
