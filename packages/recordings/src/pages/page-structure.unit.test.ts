import { describe, expect, test } from 'vitest';
import { boundsOf } from '../transport/recording-limits.ts';
import { createPageStructure } from './page-structure.ts';

const LIMITS = boundsOf({ maxPageBytes: 1000, maxPageItems: 10, maxDepth: 3 });

/** The refusal of a page that arrives a few bytes at a time. */
function refusal(text: string): string | null {
  const structure = createPageStructure(LIMITS);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 3) {
    const reason = structure.take(bytes.subarray(at, at + 3));
    if (reason !== null) return reason;
  }
  return null;
}

describe('a page is read', () => {
  test.each([
    ['JSON within the bounds', '{"a":[{"b":1},2,3]}'],
    ['brackets inside of text', JSON.stringify({ a: '[[[[[[[[', b: '\\"[[[[[[', c: '{'.repeat(20) })],
    ['many small documents, one a line', '{"a":[1,2,3,4,5,6]}\n'.repeat(9)],
    ['other text with brackets', 'a,b\n[[[[[[[[[[[[[['],
  ])('%s', (_what, text) => {
    expect(refusal(text)).toBeNull();
  });
});

describe('a page is refused, with the bound and the setting', () => {
  test('a long line', () => {
    const structure = createPageStructure(boundsOf());
    const half = new TextEncoder().encode(`a,b\n${'0'.repeat(40_000)}`);
    expect(structure.take(half)).toBeNull();
    expect(structure.take(half)).toBeNull();
    expect(structure.take(new TextEncoder().encode('0'.repeat(40_000)))).toBe(
      'a line of more than 65536 bytes',
    );
    const json = createPageStructure(boundsOf());
    expect(json.take(new TextEncoder().encode(`{"a":"${'0'.repeat(100_000)}"}`))).toBeNull();
  });

  test.each([
    ['nesting', '[[[[', /JSON nested 4 deep, more than 3 \(limits.maxDepth\)/],
    ['nesting behind white space and a byte order mark', '\uFEFF \n{"a":{"b":{"c":{', /nested 4 deep/],
    ['values', `[${'[],'.repeat(11)}`, /a JSON document of 11 values, more than 10/],
    ['lines', 'a\n'.repeat(11), /11 lines, more than 10 \(limits.maxPageItems\)/],
    ['bytes', 'a'.repeat(1001), /1001 bytes, more than 1000 \(limits.maxPageBytes\)/],
  ])('%s', (_what, text, reason) => {
    expect(refusal(text)).toMatch(reason);
  });
});
