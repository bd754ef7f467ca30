import { zstdCompressSync } from 'node:zlib';
import { createColumns, MARKET_CHAINS, MARKET_TICKS, type RawChain } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { collect, withFile } from '../../testing/recordings.fixture.ts';
import { headLine, recordParts } from './record-stream.ts';
import { lostRecord, messageRecord, SESSION_MAGIC, sessionHead } from './session-records.ts';

const AT = Date.parse('2026-11-27T10:00:00Z');

function chainOf(seq: number): RawChain {
  const columns = createColumns(2, 'raw');
  columns.values.fill(Number.NaN);
  columns.values.set([24_000, 24_100, 61.55, Number.NaN]);
  return {
    ...{ product: 'NIFTY', expiry: '2026-12-01', expiry_at: AT + 1e9, timestamp: AT + seq },
    ...{ epoch: '2026-11-27T09:00:00.000Z', seq, source: 'kite', currency: 'INR', spot: 24_052.4 },
    ...{ future: null, lot_size: 75, price_tick: 0.05, quality: ['open_interest_carried', 'stale'] },
    ...{ dataset: 'recorded', columns },
  };
}
const tick = {
  ...{ product: 'NIFTY', timestamp: AT, epoch: '2026-11-27T09:00:00.000Z', seq: 900, source: 'kite' },
  ...{ currency: 'INR', price: 24_052.4, previous_close: null, quality: [], dataset: 'recorded' },
};

const head = sessionHead({ source: 'kite', release: '0.1.0', startedAt: AT });
const chainRecord = (seq: number) => messageRecord('chain', AT, MARKET_CHAINS.frames.encode(chainOf(seq)));
const tickRecord = messageRecord('tick', AT, MARKET_TICKS.frames.encode(tick));
const read = (content: Uint8Array, name = 'session.zst') =>
  withFile(name, content, async (path) => {
    const source = await openRecording(path);
    return { source, ...(await collect(source)) };
  });

describe('a DeltaStream recording', () => {
  it('gives the messages as they were published, with their numbers and flags', async () => {
    const parts = [head, ...tickRecord, ...chainRecord(5_000), ...chainRecord(5_001)];
    const { source, chains, ticks, rejected } = await read(zstdCompressSync(Buffer.concat(parts)));
    expect(source).toMatchObject({ format: { name: 'DeltaStream recording' }, asPublished: true });
    expect(rejected).toEqual([]);
    expect(ticks).toEqual([tick]);
    expect(chains.map(MARKET_CHAINS.frames.encode)).toEqual(
      [5_000, 5_001].map((seq) => MARKET_CHAINS.frames.encode(chainOf(seq))),
    );
  });

  it('may be several files in one, and may hold what this release does not know', async () => {
    const unknown = recordParts(99, AT, Buffer.from('later'));
    const files = [
      [head, ...chainRecord(1)],
      [head, ...unknown, ...chainRecord(2)],
    ].map((parts) => zstdCompressSync(Buffer.concat(parts)));
    const { chains, rejected } = await read(Buffer.concat(files));
    expect(chains.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(rejected).toEqual([]);
  });

  it('is read up to where it is cut off, and says how much was not recorded', async () => {
    const frames = [[head, ...chainRecord(1), ...lostRecord(AT, 12)], chainRecord(14)].map((parts) =>
      zstdCompressSync(Buffer.concat(parts)),
    );
    const { chains, rejected } = await read(Buffer.concat(frames).subarray(0, -5));
    expect(chains.map(({ seq }) => seq)).toEqual([1]);
    expect(rejected.map(({ reason }) => reason)).toEqual([
      '12 messages before 2026-11-27T10:00:00.000Z were not recorded: the disk was too slow',
      expect.stringContaining('session.zst: truncated or damaged after byte'),
    ]);
    const plain = Buffer.concat([head, ...chainRecord(1), ...chainRecord(2)]);
    const cut = await read(plain.subarray(0, -1), 'session');
    expect(cut.chains).toHaveLength(1);
    expect(cut.rejected[0].reason).toMatch(/^its last record is cut off after \d+ bytes$/);
  });

  it('rejects a damaged message and goes on, and refuses a record beyond the bound', async () => {
    const damaged = MARKET_CHAINS.frames.encode(chainOf(1));
    damaged[damaged.length - 1] ^= 0xff;
    const parts = [head, ...messageRecord('chain', AT, damaged), ...chainRecord(2)];
    const { chains, rejected } = await read(Buffer.concat(parts));
    expect(chains.map(({ seq }) => seq)).toEqual([2]);
    expect(rejected[0]).toMatchObject({
      rejection: 'bad_value',
      reason: expect.stringContaining('checksum'),
    });
    const unclear = [
      [AT, '12'],
      [AT, 'twelve'],
      [Number.NaN, '{"count":12}'],
    ] as const;
    const lost = unclear.flatMap(([at, said]) => recordParts(3, at, Buffer.from(said)));
    const after = await read(Buffer.concat([head, ...lost, ...chainRecord(3)]));
    expect(after.chains.map(({ seq }) => seq)).toEqual([3]);
    expect(after.rejected.map(({ rejection }) => rejection)).toEqual(unclear.map(() => 'bad_value'));
    const long = recordParts(1, AT, new Uint8Array(20 * 1024 ** 2));
    const { rejected: refused } = await read(Buffer.concat([headLine(SESSION_MAGIC, {}), ...long]));
    expect(refused[0]).toMatchObject({
      rejection: 'too_large',
      reason: expect.stringContaining('limits.maxPageBytes'),
    });
  });
});
