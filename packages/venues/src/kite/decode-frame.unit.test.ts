import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recording } from '@deltastream/recordings/testing/recordings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInstrumentQuote, type InstrumentQuote } from '../meaning.ts';
import { createFrameDecoder } from './decode-frame.ts';
import { FULL_BYTES, PACKET_LENGTHS } from './packet-layout.ts';
import { encodeFrame, HEARTBEAT, type Mode } from './simulator/encode-frame.ts';

const PACKETS = recording('packets');
const NIFTY = 256_265;
const CALL = 40_020 * 256 + 2;
const PUT = 40_021 * 256 + 2;
const LOTS = new Map([
  [NIFTY, 1],
  [CALL, 65],
  [PUT, 65],
]);
const AT = Date.parse('2026-08-03T10:15:02+05:30');

function decode(frame: Uint8Array, lots: ReadonlyMap<number, number> = LOTS) {
  const quotes: InstrumentQuote[] = [];
  const rejected: [string, string][] = [];
  const given: number[] = [];
  createFrameDecoder(lots).decode(
    frame,
    {
      quote: (quote) => quotes.push({ ...quote }),
      state: () => {},
      listed: () => {},
      rejected: (rejection, reason) => rejected.push([rejection, reason]),
    },
    (token) => given.push(token),
  );
  return { quotes, rejected, given };
}

const quoteOf = (fields: Partial<InstrumentQuote>): InstrumentQuote => ({
  ...createInstrumentQuote(),
  ...fields,
});

const OPTION = quoteOf({
  id: CALL,
  at: AT,
  complete: true,
  bid: 120.4,
  ask: 120.6,
  last: 120.5,
  bidSize: 2,
  askSize: 3,
  volume: 100,
  openInterest: 1000,
  previousClose: 110,
});
const frameOf = (mode: Mode, ...quotes: InstrumentQuote[]) =>
  encodeFrame(quotes.map((quote) => ({ quote, lot: LOTS.get(quote.id as number) ?? 1, mode })));

describe('packets', () => {
  it('reads all that full mode says of an option, in contracts and epoch ms', () => {
    expect(decode(frameOf('full', OPTION))).toEqual({ quotes: [OPTION], rejected: [], given: [CALL] });
  });

  it.each([
    ['ltp', { id: CALL, last: 120.5 }],
    ['quote', { id: CALL, last: 120.5, volume: 100, previousClose: 110 }],
  ] as const)('says of %s mode only what is in it, and that it is a part', (mode, fields) => {
    expect(decode(frameOf(mode, OPTION))).toEqual({ quotes: [quoteOf(fields)], rejected: [], given: [] });
  });

  it('reads indices, whose packets are others', () => {
    const index = quoteOf({ id: NIFTY, last: 24_190.5, previousClose: 24_100, at: AT, complete: true });
    const part = quoteOf({ id: NIFTY, last: 24_190.5, previousClose: 24_100 });
    expect(decode(frameOf('full', index))).toEqual({ quotes: [index], rejected: [], given: [NIFTY] });
    expect(decode(frameOf('quote', index))).toEqual({ quotes: [part], rejected: [], given: [] });
  });

  it.each([
    ['the NSE', 2, 100],
    ['currencies of the NSE', 3, 10_000_000],
    ['the BSE', 5, 100],
    ['currencies of the BSE', 6, 10_000],
    ['indices', 9, 100],
  ])('divides prices of %s', (_what, segment, divisor) => {
    const frame = new Uint8Array([0, 1, 0, 8, 0, 0, 1, segment, 0, 1, 0, 0]);
    expect(decode(frame).quotes).toEqual([quoteOf({ id: 256 + segment, last: 65_536 / divisor })]);
  });

  it('leaves amounts out of a token whose lot is not known: units are no contracts', () => {
    const [{ volume, openInterest, bidSize, last }] = decode(frameOf('full', OPTION), new Map()).quotes;
    expect([volume, openInterest, bidSize, last]).toEqual([Number.NaN, Number.NaN, Number.NaN, 120.5]);
  });

  it('tells nobody bids from no price, and takes open interest of 0 as it is', () => {
    const nothing = quoteOf({ id: PUT, complete: true, volume: 0, openInterest: 0 });
    expect(decode(frameOf('full', nothing)).quotes).toEqual([{ ...nothing, bid: 0, bidSize: 0, askSize: 0 }]);
  });

  it('reads a frame that is a part of a larger buffer', () => {
    const frame = frameOf('full', OPTION);
    const pool = new Uint8Array(frame.length + 14).fill(0xff);
    pool.set(frame, 7);
    expect(decode(pool.subarray(7, 7 + frame.length)).quotes).toEqual([OPTION]);
  });

  it('takes a heartbeat and a frame without packets as nothing', () => {
    for (const frame of [HEARTBEAT, new Uint8Array(2)]) {
      expect(decode(frame)).toEqual({ quotes: [], rejected: [], given: [] });
    }
  });
});

describe('what is broken', () => {
  const three = frameOf('full', OPTION, { ...OPTION, id: PUT }, quoteOf({ id: NIFTY, last: 24_190.5 }));

  it('costs one packet where its length or a price cannot be', () => {
    const oddLength = new Uint8Array([0, 2, 0, 3, 1, 2, 3, ...frameOf('ltp', OPTION).subarray(2)]);
    const read = decode(oddLength);
    expect(read.quotes.map(({ id }) => id)).toEqual([CALL]);
    expect(read.rejected).toEqual([['bad_value', expect.stringContaining('a packet of 3 bytes')]]);

    const negative = frameOf('full', OPTION, { ...OPTION, id: PUT });
    negative.set([0xff, 0xff, 0xff, 0x00], 2 + 2 + 4);
    expect(decode(negative)).toMatchObject({
      quotes: [{ id: PUT, bid: 120.4 }],
      rejected: [['bad_value', expect.stringContaining(`${CALL}`)]],
    });
  });

  it('keeps every packet before the place where a frame breaks off, and says where', () => {
    const second = 2 + 2 * (2 + FULL_BYTES);
    for (let bytes = 0; bytes < three.length; bytes++) {
      const { quotes, rejected } = decode(three.subarray(0, bytes));
      const complete = bytes >= second ? 2 : bytes >= 2 + 2 + FULL_BYTES ? 1 : 0;
      expect([bytes, quotes.length, rejected.length]).toEqual([bytes, complete, bytes === 1 ? 0 : 1]);
    }
    expect(decode(three.subarray(0, second)).rejected).toEqual([
      ['truncated', expect.stringContaining('packet 3 of 3')],
    ]);
  });

  it('counts bytes that belong to no packet', () => {
    const { quotes, rejected } = decode(new Uint8Array([...three, 1, 2, 3]));
    expect(quotes.length).toBe(3);
    expect(rejected).toEqual([['bad_value', expect.stringContaining('3 bytes behind the last of 3')]]);
  });

  it('never throws, and gives no price below 0, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        for (const { last, bid, ask } of decode(bytes).quotes) {
          for (const price of [last, bid, ask]) expect(price < 0).toBe(false);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('loses no other packet to one of random bytes', () => {
    const body = fc
      .constantFrom(...PACKET_LENGTHS, 0, 1, 7, 185)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(fc.array(body, { maxLength: 6 }), (bodies) => {
        const good = frameOf('ltp', OPTION).subarray(2);
        const packets = bodies.flatMap((bytes) => [0, bytes.length, ...bytes, ...good]);
        const { quotes } = decode(new Uint8Array([0, bodies.length * 2, ...packets]));
        expect(quotes.filter(({ id, last }) => id === CALL && last === 120.5).length).toBeGreaterThanOrEqual(
          bodies.length,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe.skipIf(PACKETS.absent)('recorded packets (../shared/data/packets)', () => {
  const file = (name: string) => readFileSync(join(PACKETS.path, name));

  it.each(['full', 'quote'] as const)('kitemocks_ticker_%s.packet says what its JSON says', (mode) => {
    const body = Buffer.from(file(`kitemocks_ticker_${mode}.packet`).toString(), 'base64');
    const expected = JSON.parse(file(`kitemocks_ticker_${mode}.json`).toString());
    const frame = new Uint8Array([0, 1, 0, body.length, ...body]);
    const { quotes, rejected } = decode(frame, new Map([[expected.instrument_token, 1]]));
    expect(rejected).toEqual([]);
    const both = {
      id: expected.instrument_token,
      last: expected.last_price,
      volume: expected.volume,
      previousClose: expected.ohlc.close,
    };
    const [buy, sell] = [expected.depth?.buy[0], expected.depth?.sell[0]];
    expect(quotes).toEqual([
      mode === 'quote'
        ? quoteOf(both)
        : quoteOf({
            ...both,
            complete: true,
            at: Date.parse(expected.timestamp),
            openInterest: expected.oi,
            bid: buy.price,
            bidSize: buy.quantity,
            ask: sell.price,
            askSize: sell.quantity,
          }),
    ]);
  });

  it.each([
    ['ltp', { last: 392.95 }],
    ['quote', { last: 392.95, volume: 22_261_032, previousClose: 414.1 }],
    [
      'full',
      {
        last: 392.95,
        volume: 22_261_032,
        previousClose: 414.1,
        at: 1_655_378_328_000,
        openInterest: 0,
        bid: 392.95,
        bidSize: 5617,
      },
    ],
  ] as const)('the raw frame kiteconnectjs_%sMode_binary.packet', (mode, fields) => {
    const { quotes, rejected } = decode(
      file(`kiteconnectjs_${mode}Mode_binary.packet`),
      new Map([[884_737, 1]]),
    );
    expect(rejected).toEqual([]);
    expect(quotes).toMatchObject([{ id: 884_737, ...fields }]);
  });
});
