import { describe, expect, it } from 'vitest';
import { column, enrichedChainFrames, rawChainFrames } from '../index.ts';

/** Frames of the first layout, written by it and kept as they were: three strikes of NIFTY. */
const RAW = [
  'AQMVBkadpU5JRlRZqjIwMjYtMDgtMjXLQnoDhl8MAADLQnoBia5wAACmZ29sZGVuB6Znb2xkZW6jSU5SzV3KwEvLP6mZmZmZmZqQIABk',
  '3gMCAgAACioeFCAAAaYDd2MBAQEBQAAKAgAAQABLAgAAAQEAAAoUHCYgAAHKAVBkAQEBAUAACgIAAEAASwIAAAEB',
].join('');
const ENRICHED = [
  'AQMlBq8C3AAlpU5JRlRZqjIwMjYtMDgtMjXLQnoDhl8MAADLQnoBia5wAACmZ29sZGVuB6Znb2xkZW6jSU5SzV3KwEvLP6mZmZmZmZqQ',
  'zV3Ky0DXcoCKnj0SpnBhcml0ecs/qZmZmZmZmss/kVHnh60VHs1dwMs/vdLHk4gBc80BI8tAdrxjyl1IvQEBwM1dwJLNXcDNXiTNAcLN',
  'AcI8PM1eJM1eJMDAA5atcGNyX29pX2NoYW5nZbdub19vcGVuX2ludGVyZXN0X2NoYW5nZbhzdXBwb3J0X29pX2NoYW5nZV9zdHJpa2W3',
  'bm9fb3Blbl9pbnRlcmVzdF9jaGFuZ2W7cmVzaXN0YW5jZV9vaV9jaGFuZ2Vfc3RyaWtlt25vX29wZW5faW50ZXJlc3RfY2hhbmdlIABk',
  '3gMCAgAACioeFCAAAaYDd2MBAQEBQAAKAgAAQABLAgAAAQEAAAoUHCYgAAHKAVBkAQEBAUAACgIAAEAASwIAAAEBQAUC6l2rYEFABQHg',
  'xQeL6QjxCiAIAeayDNZ2ugYgAwGltAGtA54LIAMBmpaRAYLWBqm9BAADAucb8ROjDQgAAQACAUAFA8I+k0ArMAUBFomZDA0OEAgBF24A',
  'fxADARgPAwoAAwLQykiO9kvq10lQAwIaxA7dGwEYAAEbAAIB',
].join('');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

describe('frames of the first layout', () => {
  it('are read, and what came later is null and not recorded', () => {
    const chain = enrichedChainFrames.decode(bytes(ENRICHED));
    expect(chain).toMatchObject({ product: 'NIFTY', expiry: '2026-08-25', seq: 7, price_tick: 0.05 });
    expect(chain.summary).toMatchObject({
      rate: 0.05,
      rate_source: null,
      atm_strike: 24_000,
      max_pain_strike: 24_000,
      session_phase: null,
      quotes_as_of: null,
      null_reasons: {
        rate_source: 'not_recorded',
        session_phase: 'not_recorded',
        quotes_as_of: 'not_recorded',
        open_interest_as_of: 'not_recorded',
        pcr_oi_change: 'no_open_interest_change',
      },
    });
    expect([...column(chain.columns, 'call_iv_status')]).toEqual([0, 0, 0]);
    expect(rawChainFrames.decode(bytes(RAW)).columns.count).toBe(3);
  });

  it('are what a frame of now says but for what came later', () => {
    const { summary, ...old } = enrichedChainFrames.decode(bytes(ENRICHED));
    const again = enrichedChainFrames.decode(
      enrichedChainFrames.encode({ ...old, summary: { ...summary, rate_source: 'constant' } }),
    );
    expect(again).toEqual({ ...old, summary: { ...summary, rate_source: 'constant' } });
  });
});
