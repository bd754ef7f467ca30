import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { answerConditionally, encodedTag, entityTag, tagMatches } from './entity-tag.ts';

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

  it('differ by encoding', () => {
    expect(encodedTag('"a"', 'br')).toBe('"a.br"');
  });

  it('save a service from sending what the caller has', async () => {
    const app = Fastify();
    app.get('/chain', { onSend: answerConditionally }, async () => ({ strikes: [1, 2] }));
    app.post('/chain', { onSend: answerConditionally }, async () => ({ made: true }));
    app.get('/secret', { onSend: answerConditionally }, async (_, reply) => {
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
