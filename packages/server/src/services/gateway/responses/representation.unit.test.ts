import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createEncodedBodies, createEncodingChoice, MIN_BYTES } from './representation.ts';

const BODY = JSON.stringify({ strikes: Array.from({ length: 2000 }, (_, i) => i * 50) });

describe('choice of an encoding', () => {
  const choose = createEncodingChoice();
  it.each([
    [undefined, null],
    ['', null],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, zstd', 'zstd'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', 'zstd'],
    ['br;q=0, zstd;q=0, gzip;q=0', null],
    ['*;q=0', null],
    ['gzip;q=0', null],
    ['identity', null],
    ['identity, gzip;q=0.5', null],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    ['identity;q=0', null],
    ['deflate, compress', null],
    ['gzip;q=2', null],
    ['gzip;level=9', null],
    ['br;q=0.001', 'br'],
  ])('%j -> %s', (accepted, expected) => {
    expect(choose(accepted, 10_000)).toBe(expected);
    expect(choose(accepted, 10_000)).toBe(expected);
  });

  it('leaves small bodies alone unless the caller refuses them as they are', () => {
    expect(choose('gzip', MIN_BYTES - 1)).toBeNull();
    expect(choose('gzip', MIN_BYTES)).toBe('gzip');
    expect(choose('gzip, identity;q=0', 10)).toBe('gzip');
    expect(choose('gzip, *;q=0', 10)).toBe('gzip');
  });
});

describe('encoded bodies', () => {
  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
    ['zstd', zstdDecompressSync],
  ] as const)('%s holds the same content and is smaller', async (encoding, decode) => {
    const bytes = await createEncodedBodies().encode('"a"', BODY, encoding);
    expect(decode(bytes).toString()).toBe(BODY);
    expect(bytes.length).toBeLessThan(BODY.length);
  });

  it('compresses once for all who ask, at the same time and later', async () => {
    const bodies = createEncodedBodies();
    const first = bodies.encode('"a"', BODY, 'gzip');
    expect(bodies.encode('"a"', BODY, 'gzip')).toBe(first);
    const bytes = await first;
    expect(bodies.encode('"a"', BODY, 'gzip')).toBe(bytes);
    expect(await bodies.encode('"b"', BODY, 'gzip')).not.toBe(bytes);
  });

  it('holds no more than its bound', async () => {
    const bodies = createEncodedBodies(10_000);
    const first = await bodies.encode('"a"', 'x'.repeat(500), 'gzip');
    for (let i = 0; i < 20; i++) await bodies.encode(`"${i}"`, BODY.slice(i), 'gzip');
    expect(bodies.encode('"a"', 'x'.repeat(500), 'gzip')).not.toBe(first);
  });
});
