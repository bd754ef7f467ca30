import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import {
  createEncodingChoice,
  createRepresentation,
  createResponseBodies,
  entityTag,
  MIN_BYTES,
  tagMatches,
} from './representation.ts';

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
    const bytes = await createResponseBodies(1_000_000).encode('"a"', BODY, encoding);
    expect(decode(bytes).toString()).toBe(BODY);
    expect(bytes.length).toBeLessThan(BODY.length);
  });

  it('compresses once for all who ask, at the same time and later', async () => {
    const bodies = createResponseBodies(1_000_000);
    const first = bodies.encode('"a"', BODY, 'gzip');
    expect(bodies.encode('"a"', BODY, 'gzip')).toBe(first);
    const bytes = await first;
    expect(bodies.encode('"a"', BODY, 'gzip')).toBe(bytes);
    expect(await bodies.encode('"b"', BODY, 'gzip')).not.toBe(bytes);
  });

  it('holds no more than its bound', async () => {
    const bodies = createResponseBodies(10_000);
    const first = await bodies.encode('"a"', 'x'.repeat(500), 'gzip');
    for (let i = 0; i < 20; i++) await bodies.encode(`"${i}"`, BODY.slice(i), 'gzip');
    expect(bodies.encode('"a"', 'x'.repeat(500), 'gzip')).not.toBe(first);
  });

  it('forgets a body with its encodings when it is no longer the response to anything', async () => {
    const bodies = createResponseBodies(1_000_000);
    bodies.keep('"a"', Buffer.from(BODY));
    const packed = await bodies.encode('"a"', BODY, 'br');
    expect([bodies.get('"a"')?.length, bodies.encode('"a"', BODY, 'br')]).toEqual([BODY.length, packed]);
    bodies.drop('"a"');
    expect(bodies.get('"a"')).toBeUndefined();
    expect(bodies.encode('"a"', BODY, 'br')).not.toBe(packed);
  });
});

describe('entity tags', () => {
  it('are equal for equal bytes only, and one token in quotes', () => {
    const tag = entityTag('a chain');
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    expect(entityTag(Buffer.from('a chain'))).toBe(tag);
    expect(entityTag('another')).not.toBe(tag);
  });

  it.each([
    [undefined, false],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"a.br"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
    ['"a.zip"', false],
  ])('%s names the content of "a": %s', (header, expected) => {
    expect(tagMatches(header, '"a"')).toBe(expected);
  });

  it('are not those of a failure that takes the place of a body which cannot be encoded', async () => {
    const app = Fastify();
    const bodies = { ...createResponseBodies(1), encode: () => Promise.reject(new Error('no memory')) };
    const onSend = createRepresentation('public, no-cache', { choose: () => 'gzip', bodies });
    app.get('/chain', { onSend }, async () => ({ strikes: [1, 2] }));
    const { statusCode, headers, body } = await app.inject('/chain');
    expect([statusCode, headers.etag, headers['content-encoding']]).toEqual([500, undefined, undefined]);
    expect(JSON.parse(body).message).toBe('no memory');
    await app.close();
  });

  it('save a service from sending what the caller has', async () => {
    const app = Fastify();
    const onSend = createRepresentation('public, no-cache');
    app.get('/chain', { onSend }, async () => ({ strikes: [1, 2] }));
    app.post('/chain', { onSend }, async () => ({ made: true }));
    app.get('/secret', { onSend }, async (_, reply) => {
      reply.header('cache-control', 'no-store');
      return { token: 1 };
    });
    const first = await app.inject('/chain');
    expect(first.statusCode).toBe(200);
    const tag = String(first.headers.etag);
    const second = await app.inject({ url: '/chain', headers: { 'if-none-match': tag } });
    expect([second.statusCode, second.body, second.headers.etag]).toEqual([304, '', tag]);
    expect(second.headers['content-type']).toBeUndefined();
    expect((await app.inject({ url: '/chain', headers: { 'if-none-match': '"x"' } })).statusCode).toBe(200);
    expect((await app.inject({ method: 'POST', url: '/chain' })).headers.etag).toBeUndefined();
    expect((await app.inject('/secret')).headers.etag).toBeUndefined();
    await app.close();
  });
});
