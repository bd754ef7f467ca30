import { describe, expect, it } from 'vitest';
import { CredentialsRefused, PollFailure } from '../../venue.ts';
import { endingOf, retryAfterMs, shortReason } from './failure.ts';

const address = {
  url: 'wss://user:pa55word@ws.venue.test/feed?api_key=KEY123&access_token=abc%2Fdef',
  headers: { authorization: 'Bearer TOKEN99' },
};

describe('reasons', () => {
  it.each([
    [`Invalid URL: ${address.url}`, 'Invalid URL: wss://ws.venue.test/feed'],
    ['token abc/def of KEY123 expired', 'token *** of *** expired'],
    ['sent abc%2Fdef', 'sent ***'],
    ['bad header Bearer TOKEN99', 'bad header ***'],
    ['TOKEN99 is not valid', '*** is not valid'],
    ['login of user with pa55word', 'login of *** with ***'],
  ])('without the credentials of the address: %s', (text, clean) => {
    expect(shortReason(text, address)).toBe(clean);
  });

  it('without user and query of any other address', () => {
    expect(shortReason('GET https://a.test/x?key=1 and wss://me:secret@b.test/y failed')).toBe(
      'GET https://a.test/x and wss://b.test/y failed',
    );
  });

  it.each([
    [
      'closed with code 1008: {"status":"error","message":"log in again"}',
      'closed with code 1008: log in again',
    ],
    ['[{"errorMessage":"TOKEN99 is over"}]', '*** is over'],
    ['Unexpected token: {"cut', 'Unexpected token: (JSON without words)'],
    ['the list [BTC, ETH] is empty', 'the list [BTC, ETH] is empty'],
  ])('with the words of JSON and never as JSON: %s', (text, clean) => {
    expect(shortReason(text, address)).toBe(clean);
  });

  it('in one line of bounded length', () => {
    expect(shortReason(`<html>\n  ${'x'.repeat(10_000)}`)).toMatch(/^<html> x{293}\.\.\.$/);
  });

  it('name the causes, as fetch hides them there', () => {
    const error = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') });
    expect(endingOf(error)).toEqual({ reason: 'fetch failed: connect ECONNREFUSED 127.0.0.1:1' });
    expect(endingOf('thrown text')).toEqual({ reason: 'thrown text' });
  });

  it('say what an error means for the next try', () => {
    expect(endingOf(new CredentialsRefused('expired'))).toEqual({ reason: 'expired', credentials: true });
    expect(endingOf(new PollFailure('busy', 500))).toEqual({ reason: 'busy', retryAfterMs: 500 });
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['7', 7_000],
    ['Thu, 01 Jan 2026 00:00:09 GMT', 9_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s', (header, wait) => {
    expect(retryAfterMs(header, now)).toBe(wait);
  });
});
