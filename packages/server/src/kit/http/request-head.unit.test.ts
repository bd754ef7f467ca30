import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { validateRequestHead } from './request-validation.ts';

const request = (url: string, rawHeaders: string[] = [], headers: Record<string, string> = {}) =>
  ({ url, rawHeaders, headers }) as unknown as IncomingMessage;

describe('what is refused unread', () => {
  it.each([
    '/api/data/../logs',
    '/api/data/..',
    '/api/data/%2e%2e/logs',
    '/api/data/..%2flogs',
    '/api/data/..%5clogs',
    '/api/data%2f..%2flogs',
    '/./api/data',
    '/api/data/%00',
  ])('the path %s', (url) => {
    expect(validateRequestHead(request(url))).toMatchObject({ code: 'invalid_request' });
  });

  it.each([
    '/api/data/chain/NIFTY?at=../..',
    '/api/auth/.well-known/jwks.json',
    '/api/data/A%20B',
    '/assets/app-1..2.js',
    '/',
  ])('but not %s', (url) => {
    expect(validateRequestHead(request(url))).toBeNull();
  });

  it('a header that is sent twice where it may say one thing only', () => {
    const twice = (name: string) =>
      validateRequestHead(request('/', [name, 'a', 'Accept', 'x', name.toLowerCase(), 'b']));
    for (const name of ['Host', 'Authorization', 'Content-Type', 'X-Request-Id']) {
      expect(twice(name)).toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('twice'),
      });
    }
    expect(twice('Accept-Encoding')).toBeNull();
  });

  it('an encoded body, which may be a bomb', () => {
    const coded = (coding: string) => validateRequestHead(request('/', [], { 'transfer-encoding': coding }));
    expect(coded('xchunked')).toMatchObject({ code: 'invalid_request' });
    expect(coded('Chunked')).toBeNull();
    expect(validateRequestHead(request('/', [], { 'content-encoding': 'gzip' }))).toMatchObject({
      code: 'unsupported_media_type',
    });
    expect(validateRequestHead(request('/', [], { 'content-encoding': 'identity' }))).toBeNull();
  });
});
