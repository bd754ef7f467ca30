import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import type { EnrichedChain } from '../../market/chain.ts';
import { column, createColumns, ENRICHED_COLUMNS, FIRST_ENRICHED_COLUMNS } from '../../market/columns.ts';
import { RELEASED_FRAMES } from '../../released-frames.fixture.ts';
import { arbitraryChain } from '../arbitrary-chain.fixture.ts';
import { sealBlob } from '../blob-checksum.ts';
import { createChainCodec } from '../chain-codec.ts';
import { createChainHeadCodec } from '../chain-head.ts';
import { MalformedBlobError } from '../malformed-blob.ts';
import { varintLength, writeVarint } from '../varint.ts';
import { createGreekModel } from './greek-model.ts';
import { SEGMENT_1 } from './segment-1.fixture.ts';
import { createSegmentCodec } from './segment-codec.ts';
import { createPlainGroupReader } from './strike-group.ts';

const chains = createChainCodec();
const heads = createChainHeadCodec();
const segments = createSegmentCodec();
const plain = createSegmentCodec(createPlainGroupReader());
const START = Date.UTC(2026, 7, 19, 4);
const WIDTH = ENRICHED_COLUMNS.length;
const CODES = 2; // Of build-ups, of which the columns of a chain show some.

const GREEK_PLACES = [
  ['call_delta', 5],
  ['call_gamma', 8],
  ['call_theta', 3],
  ['call_vega', 3],
] as const;

const bits = (values: Float64Array) => new BigUint64Array(Float64Array.from(values, (value) => value).buffer);

/** The chain with strikes that ascend, some of a ladder, so that it can lie contract by contract. */
function onLadder(chain: EnrichedChain, at: number, listed: readonly number[]): EnrichedChain {
  const { count, values } = chain.columns;
  const rows = [...new Set(listed)].sort((a, b) => a - b).slice(0, count);
  const columns = createColumns(rows.length, 'enriched');
  for (const [c, name] of ENRICHED_COLUMNS.entries()) {
    column(columns, name).set(values.subarray(c * count, c * count + rows.length));
  }
  column(columns, 'strike').set(rows.map((row) => 24_000 + 50 * row));
  return { ...chain, timestamp: START + 5000 * at, columns };
}

const series = fc
  .array(fc.tuple(arbitraryChain, fc.array(fc.nat({ max: 30 }), { maxLength: 40 })), { maxLength: 6 })
  .map((given) => given.map(([chain, listed], at) => onLadder(chain, at, listed)));

/** A lively chain of a session, `at` snapshots after its opening. */
function livelyChain(at: number, strikes = 60): EnrichedChain {
  const [sample] = fc.sample(arbitraryChain, { numRuns: 1, seed: 7 });
  const columns = createColumns(strikes, 'enriched');
  for (let row = 0; row < strikes; row++) {
    const strike = 23_000 + 50 * row;
    const price = Math.max(0.05, 1500 - 48 * row + 3 * Math.sin(at / 5));
    column(columns, 'strike')[row] = strike;
    column(columns, 'call_bid')[row] = Math.round(20 * price) / 20;
    column(columns, 'call_ask')[row] = Math.round(20 * price + 2 + ((at * row) % 3)) / 20;
    column(columns, 'call_open_interest')[row] = 10_000 + 75 * row + Math.floor(at / 4);
    column(columns, 'call_open_interest_change')[row] = 300 + Math.floor(at / 4);
    column(columns, 'call_iv')[row] = Math.round(1e5 * (0.1 + ((row - 30) / 200) ** 2 + at / 1e4)) / 1e5;
    column(columns, 'call_buildup')[row] = (at + row) % CODES;
  }
  return { ...sample, timestamp: START + 5000 * at, seq: at, columns };
}

/** A chain with volatilities, and the greeks of these, rounded as the enricher does. */
function pricedChain(at: number, withGreeks: boolean, strikes = 60): EnrichedChain {
  const chain = livelyChain(at, strikes);
  const [forward, yearFraction, rate] = [24_500 + 3 * (at % 5), 0.05, 0.06];
  const summary = { ...chain.summary, forward, year_fraction: yearFraction, rate };
  const cellsOf = (index: number) => column(chain.columns, ENRICHED_COLUMNS[index]);
  const markets = Array.from({ length: 1 }, () => ({ forward, yearFraction, rate }));
  if (withGreeks) {
    for (let row = 0; row < chain.columns.count; row++) {
      const model = createGreekModel(
        markets,
        (index) => cellsOf(index).subarray(row, row + 1),
        () => 0,
        1,
      );
      for (const [greek, places] of GREEK_PLACES) {
        const [value] = model(ENRICHED_COLUMNS.indexOf(greek)) ?? [0];
        column(chain.columns, greek)[row] = Math.round(value * 10 ** places) / 10 ** places;
      }
    }
  }
  return { ...chain, summary };
}

/** Requires that a segment gives back what its blobs say, complete and in parts. */
function expectAll(blobs: readonly Uint8Array[]): void {
  const sealed = segments.encode(blobs);
  const [segment, alike] = [segments.open(sealed), plain.open(sealed)];
  expect(segment.timestamps).toEqual(blobs.map((blob) => chains.decode(blob).timestamp));
  for (const [i, blob] of blobs.entries()) {
    expect(Buffer.compare(segment.blob(i), blob)).toBe(0);
    const parts = segment.parts(i, WIDTH);
    if (parts === null) continue;
    const [chain, back] = [chains.decode(blob), chains.join(parts)];
    expect(back).toEqual(chain);
    expect(alike.cells(i, WIDTH)).toEqual(segment.cells(i, WIDTH));
    expect(bits(back.columns.values)).toEqual(bits(chain.columns.values));
  }
}

describe('segment', () => {
  it('gives back any series of chains: every byte of a head, every bit of a cell', () => {
    fc.assert(
      fc.property(series, (given) => expectAll(given.map((chain) => chains.encode(chain)))),
      { numRuns: 25 },
    );
    expectAll(Array.from({ length: 60 }, (_, at) => chains.encode(livelyChain(at, 20 + (at % 25)))));
  });

  it('gives back chains that cannot lie contract by contract', () => {
    fc.assert(
      fc.property(fc.array(arbitraryChain, { maxLength: 4 }), (given) =>
        expectAll(given.map((chain) => chains.encode(chain))),
      ),
      { numRuns: 12 },
    );
  });

  it('gives the first columns alone, whatever was asked for before', () => {
    const blobs = Array.from({ length: 5 }, (_, at) => chains.encode(livelyChain(at)));
    const segment = segments.open(segments.encode(blobs));
    for (const through of ['call_bid', 'put_iv', 'strike', 'call_open_interest'] as const) {
      const width = ENRICHED_COLUMNS.indexOf(through) + 1;
      const parts = segment.parts(3, width);
      expect(parts?.cells.length).toBe(width * 60);
      if (parts !== null) expect(chains.join(parts, through)).toEqual(chains.decode(blobs[3], through));
    }
  });

  it('gives the strikes that lie together with those named, and decodes no others', () => {
    const blobs = Array.from({ length: 60 }, (_, at) => chains.encode(livelyChain(at)));
    const segment = segments.open(segments.encode(blobs));
    const all = chains.decode(blobs[2]);
    for (const named of [[23_000], [24_550], [25_950, 23_400], [1], [99_999], []]) {
      const parts = segment.parts(2, WIDTH, named);
      if (parts === null) throw new Error('lies contract by contract');
      const { columns } = chains.join(parts);
      const found = [...column(columns, 'strike')];
      const listed = [...column(all.columns, 'strike')];
      expect(found).toEqual(expect.arrayContaining(named.filter((strike) => listed.includes(strike))));
      expect(found.length).toBeLessThan(named.length * 16 + 1);
      for (const [row, strike] of found.entries()) {
        for (const name of ENRICHED_COLUMNS) {
          expect(column(columns, name)[row]).toBe(column(all.columns, name)[listed.indexOf(strike)]);
        }
      }
    }
  });

  it('gives one snapshot as it is, its greeks too, in any order', () => {
    const blobs = Array.from({ length: 7 }, (_, at) => chains.encode(pricedChain(at, true)));
    const segment = segments.open(segments.encode(blobs));
    for (const at of [6, 0, 3]) {
      const one = segment.parts(at, WIDTH);
      if (one === null) throw new Error('lies contract by contract');
      expect(chains.join(one)).toEqual(chains.decode(blobs[at]));
      const { strikes, width, cells } = one;
      const fresh = segments.open(segments.encode(blobs));
      for (const opened of [fresh, segment]) expect(opened.alone(at)).toEqual({ strikes, width, cells });
    }
  });

  it('keeps prices in coin as few decimals, whatever they are in money', () => {
    const priced = (inCoin: boolean) =>
      Array.from({ length: 30 }, (_, at) => {
        const chain = livelyChain(at);
        const future = inCoin ? 95_468.760_443_902_62 + at / 3 : 95_468.5;
        for (const name of ['call_bid', 'call_ask', 'put_mark'] as const) {
          const cells = column(chain.columns, name);
          for (let row = 0; row < cells.length; row++) {
            const coins = Math.round(200 - 3 * row + ((at * row) % 5)) / 1e4;
            cells[row] = coins === 0 ? 0 : coins * (inCoin ? future : 1);
          }
        }
        column(chain.columns, 'put_mark')[2] = Math.PI;
        return chains.encode({ ...chain, future });
      });
    expectAll(priced(true));
    expect(segments.encode(priced(true)).length).toBeLessThan(1.3 * segments.encode(priced(false)).length);
  });

  it('keeps times, ratios and years of heads as what they follow from', () => {
    const size = (follows: boolean) => {
      const blobs = Array.from({ length: 40 }, (_, at) => {
        const chain = livelyChain(at, 2);
        const [calls, puts] = [40_000 + 17 * at * at, 30_000 + 13 * at];
        const expiry_at = START + 40 * 86_400_000;
        const summary = {
          ...chain.summary,
          total_call_oi: calls,
          total_put_oi: puts,
          pcr_oi: follows ? puts / calls : Math.sin(at + 1),
          year_fraction: follows ? (expiry_at - chain.timestamp) / (365 * 86_400_000) : Math.cos(at + 1),
          quotes_as_of: new Date(chain.timestamp + (follows ? 0 : (at * 7919) % 977)).toISOString(),
        };
        return chains.encode({ ...chain, expiry_at, summary });
      });
      expectAll(blobs);
      return segments.encode(blobs).length;
    };
    expect(size(true)).toBeLessThan(size(false) - 40 * 12);
  });

  it('takes little for what changes little', () => {
    const blobs = Array.from({ length: 60 }, (_, at) => chains.encode(livelyChain(at)));
    const hot = blobs.reduce((total, { length }) => total + length, 0);
    expect(segments.encode(blobs).length).toBeLessThan(hot / 8);
  });

  it('takes next to nothing for greeks that follow from the volatility', () => {
    const bytes = (withGreeks: boolean) =>
      segments.encode(Array.from({ length: 30 }, (_, at) => chains.encode(pricedChain(at, withGreeks))))
        .length;
    expect(bytes(true)).toBeLessThan(1.15 * bytes(false));
  });

  it('keeps a few odd cells as they are, and the others as integers', () => {
    const blobs = Array.from({ length: 20 }, (_, at) => {
      const chain = livelyChain(at);
      const cells = column(chain.columns, 'call_bid');
      if (at === 7) cells.set([Math.PI, -0, 1e300, Number.POSITIVE_INFINITY, 5e-324], 11);
      return chains.encode(chain);
    });
    expectAll(blobs);
    const plain = Array.from({ length: 20 }, (_, at) => chains.encode(livelyChain(at)));
    expect(segments.encode(blobs).length).toBeLessThan(segments.encode(plain).length + 400);
  });

  it('keeps snapshots of an older layout, and columns that a later release added', () => {
    const old = new Uint8Array(Buffer.from(RELEASED_FRAMES['enriched:chains'], 'base64'));
    expectAll([old]);
    const width = chains.decode(old).columns.values.length / chains.decode(old).columns.count;
    expect(width).toBe(WIDTH);
    expect(segments.open(segments.encode([old])).cells(0, WIDTH)?.cells.length).toBe(
      FIRST_ENRICHED_COLUMNS.length * 3,
    );
    const mixed = [old, chains.encode({ ...chains.decode(old), timestamp: START })];
    expect(segments.open(segments.encode(mixed)).blob(1)).toEqual(mixed[1]);
  });

  it('depends on the snapshots alone, not on what was encoded before', () => {
    const blobs = Array.from({ length: 4 }, (_, at) => chains.encode(livelyChain(at)));
    segments.encode([chains.encode(livelyChain(9, 7))]);
    expect(segments.encode(blobs)).toEqual(createSegmentCodec().encode(blobs));
  });

  it('refuses a layout of a newer release, what is cut off and every flipped bit', () => {
    const segment = segments.encode([chains.encode(livelyChain(0, 2)), chains.encode(livelyChain(1, 2))]);
    expect(() => segments.open(segment.with(0, 9))).toThrow(/layout of the segment is 9.*upgrade/);
    expect(() => segments.open(segment.with(0, 0))).toThrow(
      /layout of the segment is 0, expected at most 2$/,
    );
    for (let length = 0; length < segment.length; length += 7) {
      expect(() => segments.open(segment.subarray(0, length))).toThrow(MalformedBlobError);
    }
    for (let bit = 0; bit < 8 * segment.length; bit += 11) {
      const damaged = segment.with(bit >> 3, segment[bit >> 3] ^ (1 << (bit & 7)));
      expect(() => segments.open(damaged), `bit ${bit}`).toThrow(MalformedBlobError);
    }
  });

  it('refuses to seal a snapshot that is damaged', () => {
    const blob = chains.encode(livelyChain(0));
    expect(() => segments.encode([blob.with(40, blob[40] ^ 1)])).toThrow(MalformedBlobError);
  });

  it('keeps heads of a later release, which say more than this one knows', () => {
    const packr = new Packr({ useRecords: false });
    const later = [0, 1, 2].map((at) => {
      const blob = chains.encode(livelyChain(at, 2));
      const { start, end } = heads.decode(blob);
      const packed = packr.pack([...(packr.unpack(blob.subarray(start, end)) as unknown[]), { more: at }]);
      const length = new Uint8Array(varintLength(packed.length));
      writeVarint(length, 0, packed.length);
      const sizes = blob.subarray(0, start - varintLength(end - start));
      return sealBlob(new Uint8Array([...sizes, ...length, ...packed, ...blob.subarray(end)]));
    });
    expectAll(later);
  });

  it('reads a segment of the first layout as it was written', () => {
    const segment = segments.open(new Uint8Array(Buffer.from(SEGMENT_1, 'base64')));
    const alike = plain.open(new Uint8Array(Buffer.from(SEGMENT_1, 'base64')));
    expect(segment.timestamps).toEqual([START, START + 5000, START + 10_000]);
    for (const at of [0, 1, 2]) {
      const parts = segment.parts(at, WIDTH);
      expect(alike.cells(at, WIDTH)).toEqual(segment.cells(at, WIDTH));
      expect(parts).not.toBeNull();
      if (parts !== null) expect(chains.join(parts).columns).toEqual(pricedChain(at, true, 12).columns);
    }
  });
});
