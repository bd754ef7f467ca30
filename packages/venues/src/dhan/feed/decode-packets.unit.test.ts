import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInstrumentQuote, type InstrumentQuote, type QuoteSink } from '../../meaning.ts';
import { dhanId, dhanSecurity, SEGMENTS } from '../instrument-id.ts';
import {
  disconnectPacket,
  fullPacket,
  previousDayPacket,
  quotePackets,
  tickerPacket,
} from '../simulator/write-packets.ts';
import { createPacketDecoder } from './decode-packets.ts';
import type { KnownInstrument } from './known-instruments.ts';

const OPTION = dhanId(SEGMENTS.NSE_FNO, 43_210);
const INDEX = dhanId(SEGMENTS.IDX_I, 13);

const knownOnes = () =>
  new Map<number, KnownInstrument>([
    [
      OPTION,
      { kind: 'option', listed: null, lot: 65, ticksPerUnit: 20, previousClose: Number.NaN, isFresh: false },
    ],
    [
      INDEX,
      {
        kind: 'underlying',
        listed: null,
        lot: 1,
        ticksPerUnit: 100,
        previousClose: Number.NaN,
        isFresh: false,
      },
    ],
  ]);

function decode(bytes: Uint8Array, known: Map<number, KnownInstrument> = knownOnes()) {
  const quotes: InstrumentQuote[] = [];
  const rejected: string[] = [];
  const reasons: number[] = [];
  const sink: QuoteSink = {
    quote: (quote) => quotes.push({ ...quote }),
    state: () => expect.unreachable(),
    listed: () => expect.unreachable(),
    rejected: (rejection, reason) => rejected.push(`${rejection} ${reason}`),
  };
  createPacketDecoder(known).decode(bytes, sink, { disconnected: (reason) => reasons.push(reason) });
  return { quotes, rejected, reasons };
}

/** As struct.pack('<BHBIfHIfIIIIIIffff', ...) and five times '<IIHHff' write it. */
const FULL = Buffer.concat([
  Buffer.from('08a20002caa80000', 'hex'),
  Buffer.from('9a19f042', 'hex'), // 120.05 as a float
  Buffer.from('4100', 'hex'),
  Buffer.from('00e2676a', 'hex'),
  Buffer.from('0000f042', 'hex'),
  Buffer.from('64190000', 'hex'), // volume 6500
  Buffer.from('0a0000000b000000', 'hex'),
  Buffer.from('14050000', 'hex'), // open interest 1300
  Buffer.from('0000000000000000', 'hex'),
  Buffer.from('0000000000000000000000000000000000', 'hex').subarray(0, 16),
  Buffer.from('82000000c300000001000200', 'hex'), // 130 bid, 195 asked
  Buffer.from('0000ef42', 'hex'), // 119.5
  Buffer.from('3333f042', 'hex'), // 120.1
  Buffer.alloc(80),
]);

test('a full packet, byte by byte', () => {
  expect(FULL.length).toBe(162);
  const { quotes, rejected } = decode(FULL);
  expect(rejected).toEqual([]);
  expect(quotes).toEqual([
    {
      ...createInstrumentQuote(),
      id: OPTION,
      complete: true,
      last: 120.05,
      bid: 119.5,
      ask: 120.1,
      bidSize: 2,
      askSize: 3,
      volume: 100,
      openInterest: 20,
    },
  ]);
});

test('several packets of a message, and what one says of the day before stays', () => {
  const quote = {
    ...createInstrumentQuote(),
    id: OPTION,
    at: 0,
    previousClose: 110.3,
    volume: 0,
    openInterest: 1,
  };
  const index = { ...createInstrumentQuote(), id: INDEX, at: 0, last: 24_010.35 };
  const { quotes, rejected } = decode(
    Buffer.concat([previousDayPacket(quote), tickerPacket(index), ...quotePackets(quote, 65), FULL]),
  );
  expect(rejected).toEqual([]);
  expect(quotes).toMatchObject([
    { id: OPTION, previousClose: 110.3, complete: false, last: Number.NaN },
    { id: INDEX, last: 24_010.35, complete: false },
    { id: OPTION, volume: 0, openInterest: Number.NaN, last: Number.NaN },
    { id: OPTION, openInterest: 1, volume: Number.NaN },
    { id: OPTION, previousClose: 110.3, complete: true, last: 120.05 },
  ]);
});

test('0 is none, apart from a bid: nobody bids', () => {
  const quote = { ...createInstrumentQuote(), id: OPTION, at: 0 };
  expect(decode(fullPacket(quote, 65)).quotes).toEqual([
    {
      ...createInstrumentQuote(),
      id: OPTION,
      complete: true,
      bid: 0,
      bidSize: 0,
      askSize: 0,
      volume: 0,
      openInterest: 0,
    },
  ]);
});

test('amounts of an instrument of unknown lot are left out', () => {
  const { quotes } = decode(FULL, new Map());
  expect(quotes).toMatchObject([{ id: OPTION, last: 120.05, volume: Number.NaN, bidSize: Number.NaN }]);
});

test('a packet that is wrong costs itself only, as far as the next one can be found', () => {
  const negative = Buffer.from(FULL);
  negative.writeFloatLE(-1, 8);
  const infinite = Buffer.from(FULL);
  infinite.writeFloatLE(Number.POSITIVE_INFINITY, 62 + 12);
  const newer = Buffer.from('2a0a000200000000ffff', 'hex');
  const { quotes, rejected } = decode(Buffer.concat([negative, newer, infinite, FULL]));
  expect(quotes).toHaveLength(1);
  expect(rejected).toEqual([
    `bad_value Dhan: a packet of code 8 of ${OPTION} has a price below 0 or infinite`,
    'bad_value Dhan: a packet of code 42, expected 2, 4, 5, 6, 7, 8, 50',
    `bad_value Dhan: a packet of code 8 of ${OPTION} has a price below 0 or infinite`,
  ]);
  const lost = decode(Buffer.concat([Buffer.from('2a000002000000ff', 'hex'), FULL]));
  expect(lost.quotes).toEqual([]);
  expect(lost.rejected).toHaveLength(1);
});

test('a packet longer than it was known to be is stepped over', () => {
  const longer = Buffer.concat([FULL, Buffer.from('0102', 'hex')]);
  longer.writeUInt16LE(164, 1);
  expect(decode(Buffer.concat([longer, FULL])).quotes).toHaveLength(2);
});

test('why a connection is ended', () => {
  expect(decode(Buffer.concat([FULL, disconnectPacket(807)]))).toMatchObject({
    reasons: [807],
    rejected: [],
    quotes: [{ id: OPTION }],
  });
});

test('a message that breaks off says so, and gives the packets before', () => {
  for (let end = 1; end < FULL.length; end++) {
    const { quotes, rejected } = decode(Buffer.concat([FULL, FULL.subarray(0, end)]));
    expect(quotes).toHaveLength(1);
    expect(rejected).toEqual([expect.stringMatching(/^truncated Dhan: /)]);
  }
});

test('random and changed bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void decode(bytes)),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.nat(161), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(FULL);
      changed[at] = byte;
      decode(Buffer.concat([changed, FULL]));
    }),
    { numRuns: 2000 },
  );
});

test('a price on its tick survives 32 bits, up to those of an index', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 * 20 }),
      fc.integer({ min: 1, max: 100_000 * 100 }),
      (ticks, paise) => {
        const option = { ...createInstrumentQuote(), id: OPTION, at: 0, last: ticks / 20 };
        const index = { ...createInstrumentQuote(), id: INDEX, at: 0, last: paise / 100 };
        const { quotes } = decode(Buffer.concat([tickerPacket(option), tickerPacket(index)]));
        expect(quotes.map(({ last }) => last)).toEqual([option.last, index.last]);
      },
    ),
    { numRuns: 2000 },
  );
});

test('ids name a security of a segment', () => {
  expect(INDEX).not.toBe(dhanId(SEGMENTS.NSE_EQ, 13));
  expect(dhanSecurity(dhanId(SEGMENTS.BSE_FNO, 0xffff_ffff))).toEqual({
    segment: 'BSE_FNO',
    security: 0xffff_ffff,
  });
  expect(() => dhanSecurity(6)).toThrow('not the id of an instrument');
});
