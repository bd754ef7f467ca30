import fc from 'fast-check';
import { expect, it } from 'vitest';
import { termOf, termOfBytes } from './term.ts';
import { BUCKETS, blocksWith, bucketOf, bucketsOf, packTerms, unpackTerms } from './term-runs.ts';

const term = fc.integer({ min: 0, max: 2 ** 32 - 1 });

it('a run says of each term which blocks have it', () => {
  const blocks = fc.array(fc.uniqueArray(fc.oneof(term, fc.integer({ min: 0, max: 300 }))), {
    maxLength: 256,
  });
  fc.assert(
    fc.property(blocks, term, (given, other) => {
      const buckets = bucketsOf(given.map((terms) => Uint32Array.from(terms)));
      expect(buckets).toHaveLength(BUCKETS);
      for (const wanted of [...given.flat().slice(0, 20), other]) {
        const packed = packTerms(buckets[bucketOf(wanted)]);
        const found = blocksWith(unpackTerms(packed), wanted);
        expect(found).toEqual(given.flatMap((terms, block) => (terms.includes(wanted) ? block : [])));
      }
    }),
  );
});

it('a term is the same of a text as of its bytes, another for another key, and spread over all buckets', () => {
  const buckets = new Set<number>();
  for (let i = 0; i < 5_000; i++) {
    const value = `request-${i}`;
    const bytes = Buffer.from(` ${value} `);
    const found = termOf('trace_id', value);
    expect(termOfBytes('trace_id', bytes, 1, bytes.length - 1)).toBe(found);
    expect(termOf('request_id', value)).not.toBe(found);
    buckets.add(bucketOf(found));
  }
  expect(buckets.size).toBe(BUCKETS);
});
