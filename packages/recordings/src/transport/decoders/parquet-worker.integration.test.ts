import { column } from '@deltastream/contracts';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { longTable } from '../../testing/bombs.fixture.ts';
import { collect, withFile } from '../../testing/recordings.fixture.ts';
import { createRecordingAccess, openRegularFile } from '../recording-access.ts';
import { openRecordingBytes } from '../recording-bytes.ts';
import { createThreadDecoder } from './thread-decoder.ts';

const minute = (codec: 'UNCOMPRESSED' | 'SNAPPY', rows = 3) =>
  new Uint8Array(
    parquetWriteBuffer({
      codec,
      rowGroupSize: 2,
      columnData: [
        { name: 'timestamp', data: Array.from({ length: rows }, () => 202608191127n), type: 'INT64' },
        { name: 'expiry', data: Array.from({ length: rows }, () => '25-Aug-2026'), type: 'STRING' },
        { name: 'strike', data: Array.from({ length: rows }, (_, i) => 24_000 + 50 * i), type: 'DOUBLE' },
        { name: 'option_type', data: Array.from({ length: rows }, () => 'CE'), type: 'STRING' },
        { name: 'spot', data: Array.from({ length: rows }, () => 24_052.4), type: 'DOUBLE' },
        { name: 'ltp', data: [61.5, Number.NaN, null].slice(0, rows), type: 'DOUBLE', nullable: true },
        { name: 'volume', data: Array.from({ length: rows }, () => 10), type: 'INT32' },
        { name: 'oi', data: [5, 6, -1].slice(0, rows), type: 'INT32' },
        { name: 'oi_chg', data: Array.from({ length: rows }, () => -2), type: 'INT32' },
      ],
    }),
  );

test.each(['UNCOMPRESSED', 'SNAPPY'] as const)(
  'a %s table with the columns of a known CSV is read like that CSV, group by group',
  async (codec) => {
    const { chains, rejected } = await withFile('nifty.parquet', minute(codec), async (path) => {
      const source = await openRecording(path);
      const collected = await collect(source);
      const { position, total } = source.progress();
      expect(position).toBe(total);
      return collected;
    });
    expect(chains.map(({ product, timestamp, columns }) => [product, timestamp, columns.count])).toEqual([
      ['NIFTY', Date.parse('2026-08-19T05:57:00Z'), 2],
    ]);
    expect(Array.from(column(chains[0].columns, 'call_last'))).toEqual([61.5, Number.NaN]);
    expect(Array.from(column(chains[0].columns, 'call_open_interest'))).toEqual([5, 6]);
    expect(rejected).toEqual([
      expect.objectContaining({ rejection: 'bad_value', where: { file: 'nifty.parquet', line: 4 } }),
    ]);
  },
);

/** By pyarrow 26, which writes LZ4 as LZ4_RAW: two rows of a column without a value: the dictionary that it writes holds nothing. */
const NULLS = {
  'LZ4_RAW, data pages 1':
    'UEFSMRUEFQAVAkwVABUAEgAAABUAFQ4VECwVBBUQFQYVBhwAAABwAgAAAAQAABUEGSw1ABgGc2NoZW1hFQIAFQolAhgBbgAWBBkcGRwmABwVChk1AAYQGRgBbhUOFgQWUBZUJiYmCCksFQQVABUCABUAFRAVAgA8KQYZJgQAAAAAFlAWBCYIFlQAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAIQAAABQQVIx',
  'LZ4_RAW, data pages 2':
    'UEFSMRUEFQAVAkwVABUAEgAAABUGFQYVBlwVBBUEFQQVEBUEFQASHAAAAAQAABUEGSw1ABgGc2NoZW1hFQIAFQolAhgBbgAWBBkcGRwmABwVChk1AAYQGRgBbhUOFgQWUhZUJiYmCCksFQQVABUCABUAFRAVAgA8KQYZJgQAAAAAFlIWBCYIFlQAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAIQAAABQQVIx',
};

test.each(Object.entries(NULLS))('a column of nulls alone is empty: %s', async (_codec, base64) => {
  await withFile('nulls.parquet', Buffer.from(base64, 'base64'), async (path) => {
    const opened = await openRecordingBytes(path, createRecordingAccess({}));
    let text = '';
    for await (const chunk of opened.chunks()) text += Buffer.from(chunk).toString();
    await opened.close();
    expect(text).toBe('n\n\n\n');
  });
});

test('instants and quoted text keep their meaning', async () => {
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'contractSymbol', data: ['SPY260717C00690000'], type: 'STRING' },
      { name: 'lastTradeDate', data: [new Date('2026-07-02T19:00:00Z')], type: 'TIMESTAMP' },
      ...['strike', 'lastPrice', 'bid', 'ask', 'change', 'volume', 'openInterest'].map((name, i) => ({
        name,
        data: [i === 0 ? 690 : i],
        type: 'DOUBLE' as const,
      })),
      { name: 'impliedVolatility', data: [0.1], type: 'DOUBLE' },
      { name: 'inTheMoney', data: [false], type: 'BOOLEAN' },
      { name: 'note', data: ['a "quoted", text'], type: 'STRING' },
    ],
  });
  const { chains, rejected } = await withFile(
    'SPY_2026-07-02_1515.parquet',
    new Uint8Array(bytes),
    async (path) => collect(await openRecording(path)),
  );
  expect(rejected).toEqual([]);
  expect(chains[0]).toMatchObject({ product: 'SPY', timestamp: Date.parse('2026-07-02T19:15:00Z') });
});

test('one that is cut, or of other columns, is refused by name', async () => {
  const complete = minute('SNAPPY');
  const other = parquetWriteBuffer({ columnData: [{ name: 'hello', data: ['world'], type: 'STRING' }] });
  for (const [bytes, reason] of [
    [complete.subarray(0, complete.length - 20), /^nifty.parquet: its Parquet metadata cannot be read/],
    [new Uint8Array(other), /^nifty.parquet: .*no supported format: line 1 is "hello"/],
  ] as const) {
    await withFile('nifty.parquet', bytes, async (path) => {
      await expect(openRecording(path)).rejects.toMatchObject({
        code: 'unreadable_source',
        message: expect.stringMatching(reason),
      });
    });
  }
});

test.each([
  [{ maxBytes: 100 }, /more than 100 \(limits.maxBytes\)/],
  [{ ratioFreeBytes: 10, maxRatio: 0.01 }, /\(limits.maxRatio\)/],
])('what a table unpacks to is bounded: %j', async (limits, reason) => {
  await withFile('nifty.parquet', minute('SNAPPY', 3), async (path) => {
    const reading = async () => collect(await openRecording(path, { limits }));
    await expect(reading()).rejects.toMatchObject({
      code: 'recording_too_large',
      message: expect.stringMatching(reason),
    });
  });
});

test('reading a table ends with its signal', async () => {
  await withFile('nifty.parquet', minute('SNAPPY'), async (path) => {
    const ending = new AbortController();
    const source = await openRecording(path, { signal: ending.signal });
    ending.abort();
    await expect(collect(source)).rejects.toMatchObject({ code: 'stopped' });
    await expect(openRecording(path, { signal: ending.signal })).rejects.toMatchObject({ code: 'stopped' });
  });
});

test('a column with the name of the file type is a column', async () => {
  const bytes = parquetWriteBuffer({ columnData: [{ name: 'PAR1', data: ['a'], type: 'STRING' }] });
  await withFile('odd.parquet', new Uint8Array(bytes), async (path) => {
    await expect(openRecording(path)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(/no supported format/),
    });
  });
});

test('a long row group is read some rows at a time, each of them once', async () => {
  const rows = 150_000;
  const number = Array.from({ length: rows }, (_, i) => i);
  const text = number.map((i) => (i % 7 === 0 ? null : `t${i % 5}`));
  const bytes = parquetWriteBuffer({
    rowGroupSize: rows,
    columnData: [
      { name: 'number', data: number, type: 'INT32' },
      { name: 'text', data: text, type: 'STRING', nullable: true },
    ],
  });
  await withFile('long.parquet', new Uint8Array(bytes), async (path) => {
    const opened = await openRecordingBytes(path, createRecordingAccess({}));
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.chunks()) chunks.push(chunk);
    await opened.close();
    const expected = ['number,text', ...number.map((i) => `${i},${text[i] ?? ''}`), ''];
    expect(Buffer.concat(chunks).toString() === expected.join('\n')).toBe(true);
  });
});

/** The lines of a table, decoded on a thread with so much memory. */
async function linesWithin(maxOldGenerationSizeMb: number, path: string): Promise<number> {
  const decoder = createThreadDecoder(new URL('./parquet-worker.ts', import.meta.url), {
    maxOldGenerationSizeMb,
  });
  const access = createRecordingAccess({});
  const handle = await openRegularFile(path, access);
  try {
    let lines = 0;
    const opened = { ...access, handle, file: 'nifty.parquet', advanced: () => undefined };
    for await (const piece of decoder.decode(opened)) {
      for (const byte of piece) if (byte === 0x0a) lines += 1;
    }
    return lines;
  } finally {
    await decoder.close();
    await handle.close();
  }
}

test('of a long page one column at a time is in memory', async () => {
  await withFile('nifty.parquet', longTable(250_000), async (path) => {
    expect(await linesWithin(32, path)).toBe(250_001);
  });
});

test('a page that takes more memory than its thread has is refused as too large', async () => {
  await withFile('nifty.parquet', longTable(1_000_000), async (path) => {
    await expect(linesWithin(16, path)).rejects.toMatchObject({
      code: 'recording_too_large',
      permanent: true,
      message: expect.stringMatching(/^nifty.parquet: .*16 MiB/),
    });
  });
});

test('long cells make no long pieces: what waits is bounded by its bytes', async () => {
  const text = 'x'.repeat(10_000);
  const columnData = [{ name: 'text', data: Array<string>(500).fill(text), type: 'STRING' as const }];
  await withFile('cells.parquet', new Uint8Array(parquetWriteBuffer({ columnData })), async (path) => {
    const opened = await openRecordingBytes(path, createRecordingAccess({}));
    let longest = 0;
    for await (const chunk of opened.chunks()) longest = Math.max(longest, chunk.length);
    await opened.close();
    expect(longest).toBeLessThan(65_536 + text.length + 1);
  });
});
