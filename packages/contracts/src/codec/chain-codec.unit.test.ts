import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import type { EnrichedChain } from '../market/chain.ts';
import {
  column,
  createColumns,
  ENRICHED_COLUMNS,
  FIRST_ENRICHED_COLUMNS,
  RAW_COLUMNS,
} from '../market/columns.ts';
import { arbitraryChain } from './arbitrary-chain.fixture.ts';
import { BLOB_VERSION, fieldsStart, sealBlob } from './blob-checksum.ts';
import { createChainCodec, createRawChainCodec } from './chain-codec.ts';
import { REFERENCES } from './chain-columns.ts';
import { createChainHeadCodec, readSizes } from './chain-head.ts';
import { MalformedBlobError } from './malformed-blob.ts';
import { columnWriter } from './simd/simd-column-writer.ts';
import { readVarint, varintLength, writeVarint } from './varint.ts';

const codec = createChainCodec();

const bits = (values: Float64Array) => new BigUint64Array(Float64Array.from(values, (v) => v).buffer);

function chainOf(cells: Partial<Record<(typeof ENRICHED_COLUMNS)[number], number[]>>): EnrichedChain {
  const [sample] = fc.sample(arbitraryChain, { numRuns: 1, seed: 7 });
  const columns = createColumns(cells.strike?.length ?? 0, 'enriched');
  for (const name of ENRICHED_COLUMNS) column(columns, name).set(cells[name] ?? []);
  return { ...sample, columns };
}

describe('chain codec', () => {
  it('gives back any chain, every cell to the bit', () => {
    fc.assert(
      fc.property(arbitraryChain, (chain) => {
        const back = codec.decode(codec.encode(chain));
        expect(bits(back.columns.values)).toEqual(bits(chain.columns.values));
        const { columns: _, ...header } = chain;
        const { columns: __, ...headerBack } = back;
        expect(normalZeros(headerBack)).toEqual(normalZeros(header));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves out the columns after the one it is asked to read through', () => {
    const columnName = fc.constantFrom(...ENRICHED_COLUMNS);
    fc.assert(
      fc.property(arbitraryChain, columnName, (chain, through) => {
        const { columns } = codec.decode(codec.encode(chain), through);
        const cells = (ENRICHED_COLUMNS.indexOf(through) + 1) * chain.columns.count;
        expect(bits(columns.values)).toEqual(bits(chain.columns.values.subarray(0, cells)));
      }),
      { numRuns: 100 },
    );
  });

  it('gives back any raw chain likewise', () => {
    const raw = createRawChainCodec();
    fc.assert(
      fc.property(arbitraryChain, ({ summary: _, columns: { count, values }, ...header }) => {
        const chain = { ...header, columns: { count, values: values.slice(0, count * RAW_COLUMNS.length) } };
        const back = raw.decode(raw.encode(chain));
        expect(bits(back.columns.values)).toEqual(bits(chain.columns.values));
        expect(normalZeros({ ...back, columns: null })).toEqual(normalZeros({ ...header, columns: null }));
      }),
      { numRuns: 100 },
    );
  });

  it('depends on the chain alone, not on what was encoded before', () => {
    fc.assert(
      fc.property(arbitraryChain, arbitraryChain, (before, chain) => {
        const used = createChainCodec();
        used.encode(before);
        used.decode(used.encode(before));
        expect(used.encode(chain)).toEqual(createChainCodec().encode(chain));
      }),
      { numRuns: 30 },
    );
  });

  it('copies the raw columns of the blob they came in, for the same bytes', () => {
    const raw = createRawChainCodec();
    fc.assert(
      fc.property(arbitraryChain, (chain) => {
        const { count, values } = chain.columns;
        const blob = raw.encode({
          ...chain,
          columns: { count, values: values.slice(0, count * RAW_COLUMNS.length) },
        });
        const derivedOnly = { count, values: values.slice().fill(0, 0, count * RAW_COLUMNS.length) };
        expect(codec.encode({ ...chain, columns: derivedOnly }, blob)).toEqual(codec.encode(chain));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses the blob of a chain of another shape to copy from', () => {
    const chain = chainOf({ strike: [1, 2, 3] });
    const raw = createRawChainCodec();
    const two = raw.encode({ ...chain, columns: createColumns(2, 'raw') });
    expect(() => codec.encode(chain, two)).toThrow('raw columns are 2 strikes x 21, expected 3 x 21');
    expect(() => codec.encode(chain, codec.encode(chain))).toThrow(RangeError);
    const three = raw.encode({ ...chain, columns: createColumns(3, 'raw') });
    expect(() => codec.encode(chain, three.subarray(0, -1))).toThrow(MalformedBlobError);
  });

  it('refuses to copy from a blob whose columns end early, wherever that is', () => {
    const cells = (of: (i: number) => number) => Array.from({ length: 30 }, (_, i) => of(i));
    const chain = chainOf({
      strike: cells((i) => 100 + i),
      call_bid: cells((i) => (i % 4 === 3 ? Number.NaN : (37 * i) % 1000)),
      put_volume: cells((i) => (i % 10 === 9 ? i : 0)),
      put_previous_close: cells((i) => (i * i * 7919) % 100_000),
    });
    const columns = { count: 30, values: chain.columns.values.slice(0, 30 * RAW_COLUMNS.length) };
    const blob = createRawChainCodec().encode({ ...chain, columns });
    expect(codec.encode(chain, blob)).toEqual(codec.encode(chain));
    for (let length = readSizes(blob).end; length < blob.length; length++) {
      expect(() => codec.encode(chain, blob.subarray(0, length)), `${length}`).toThrow(MalformedBlobError);
    }
  });

  it('spends next to nothing on columns that are not given or constant', () => {
    const strikes = Array.from({ length: 100 }, (_, i) => 24_000 + 50 * i);
    const bare = codec.encode(chainOf({ strike: strikes })).length;
    const constant = codec.encode(
      chainOf({ strike: strikes, call_iv_status: strikes.map(() => 9), put_volume: strikes.map(() => 0) }),
    ).length;
    expect(constant - bare).toBeLessThan(20);
    expect(bare - codec.encode(chainOf({})).length).toBeLessThan(20);
  });

  it('names a pattern of gaps once', () => {
    const strikes = Array.from({ length: 80 }, (_, i) => i);
    const gaps = strikes.map((i) => ((i * i) % 3 === 0 ? Number.NaN : 1));
    const one = codec.encode(chainOf({ strike: strikes, call_bid: gaps })).length;
    const two = codec.encode(chainOf({ strike: strikes, call_bid: gaps, put_volume: gaps })).length;
    expect(two - one).toBeLessThan(10);
  });

  it('keeps prices on a tick in two bytes a cell, and a put like its call in none', () => {
    const strikes = Array.from({ length: 100 }, (_, i) => 20_000 + 50 * i);
    const empty = codec.encode(chainOf({ strike: strikes })).length;
    const prices = strikes.map((strike, i) => Math.round(20 * (30_000 - strike + 3 * Math.sin(i))) / 20);
    const iv = strikes.map((strike) => Math.round(1e5 * (0.1 + ((strike - 22_500) / 20_000) ** 2)) / 1e5);
    expect(codec.encode(chainOf({ strike: strikes, call_bid: prices })).length - empty).toBeLessThan(210);
    const call = codec.encode(chainOf({ strike: strikes, call_iv: iv })).length;
    expect(codec.encode(chainOf({ strike: strikes, call_iv: iv, put_iv: iv })).length - call).toBeLessThan(
      12,
    );
  });

  it('shows its header and counts without the columns', () => {
    const chain = chainOf({
      strike: [1, 2, 3],
      call_bid: [1, Number.NaN, 1],
      put_volume: [Number.NaN, 0, 4],
    });
    const head = createChainHeadCodec().decode(codec.encode(chain));
    expect(head).toMatchObject({ strikes: 3, quotes: 4 });
    expect(head.chain.summary).toEqual(codec.decode(codec.encode(chain)).summary);
  });

  it('refuses columns of another shape', () => {
    const raw = { ...chainOf({}), columns: createColumns(3, 'raw') };
    expect(() => codec.encode(raw)).toThrow(RangeError);
  });

  it('refuses another version, and what is cut off or damaged, without hanging', () => {
    const blob = codec.encode(chainOf({ strike: [1, 2, 3], call_bid: [1 / 3, 2, 3] }));
    expect(() => codec.decode(blob.with(0, 9))).toThrow(/version is 9/);
    for (let length = 0; length < blob.length; length++) {
      expect(() => codec.decode(blob.subarray(0, length))).toThrow(/./);
    }
    for (let bit = 0; bit < 8 * blob.length; bit++) {
      const damaged = blob.with(bit >> 3, blob[bit >> 3] ^ (1 << (bit & 7)));
      expect(() => codec.decode(damaged), `bit ${bit}`).toThrow(MalformedBlobError);
    }
  });

  it('reads a chain with derived columns of a later release, without them, and refuses one with too few', () => {
    const chain = chainOf({ strike: [1, 2, 3], call_bid: [1, 2, 3], put_buildup: [1, Number.NaN, 3] });
    const { count, values } = chain.columns;
    const written = (cells: Float64Array, width: number): Uint8Array => {
      const head = createChainHeadCodec().encode(chain, count, width, 3);
      const references = Array.from({ length: width }, (_, i) => REFERENCES[i] ?? -1);
      const writer = columnWriter();
      const target = new Uint8Array(head.length + writer.bound(count, width));
      target.set(head);
      return sealBlob(target.slice(0, writer.write(cells, count, references, target, head.length)));
    };
    const more = new Float64Array([...values, ...new Float64Array(2 * count).fill(7)]);
    const width = ENRICHED_COLUMNS.length;
    expect(codec.decode(written(more, width + 2))).toEqual(codec.decode(codec.encode(chain)));
    const fewest = FIRST_ENRICHED_COLUMNS.length;
    expect(codec.decode(written(values, fewest)).columns.values.length).toBe(count * width);
    expect(() => codec.decode(written(values, fewest - 1))).toThrow(/has 36 columns, expected 37/);
  });

  it('reads what a later release adds to the header, without what it does not know', () => {
    const chain = { ...chainOf({ strike: [1, 2] }), generation: -7, dataset: 'recorded' };
    expect(codec.decode(codec.encode(chain))).toMatchObject({ generation: -7, dataset: 'recorded' });
    const packr = new Packr({ useRecords: false });
    const blob = codec.encode(chain);
    const start = fieldsStart(BLOB_VERSION) + 3;
    const length = readVarint(blob, start);
    const from = start + varintLength(length);
    const fields = packr.unpack(blob.subarray(from, from + length)) as unknown[];
    const given = fields.at(-1) as { figures: unknown[] };
    const optional = { ...given, something: 'new', figures: [...given.figures, 9999, 0.5] };
    const packed = packr.pack([...fields.slice(0, -1), optional, 'more']);
    const later = new Uint8Array([
      ...blob.subarray(0, start),
      ...varint(packed.length),
      ...packed,
      ...blob.subarray(from + length),
    ]);
    expect(codec.decode(sealBlob(later))).toEqual(codec.decode(blob));
  });
});

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}

/** MessagePack has one zero, and the header's numbers have no use for another. */
function normalZeros<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, each) => (each === Infinity ? 'inf' : each === -Infinity ? '-inf' : each)),
  );
}
