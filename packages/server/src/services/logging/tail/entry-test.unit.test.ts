import { describe, expect, it } from 'vitest';
import { type LogCriteria, type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { createEntryTest } from './entry-test.ts';

const ENTRY: LogEntry = {
  ...NO_CONTEXT,
  timestamp: 1_000,
  level: 'warn',
  service: 'feed',
  message: 'Venue "NSE" silent',
  event: 'venue_silent',
  user_id: '7',
  trace_id: 'a'.repeat(32),
  product: 'NIFTY',
  fields: { status: 503, source: { name: 'nse' } },
};
const fits = (criteria: LogCriteria, entry = ENTRY) => createEntryTest(criteria)(entry);

describe('an entry that is followed', () => {
  it.each<LogCriteria>([
    {},
    { minLevel: 'warn' },
    { levels: ['warn', 'error'] },
    { service: 'feed', event: 'venue_silent', product: 'NIFTY', userId: '7', traceId: 'a'.repeat(32) },
    { texts: ['"nse"', 'SILENT'] },
    { texts: ['status'] },
    {
      fields: [
        { path: 'status', value: '503' },
        { path: 'source.name', value: 'nse' },
      ],
    },
    { fromMs: 1_000, toMs: 1_001 },
  ])('fits %j', (criteria) => expect(fits(criteria)).toBe(true));

  it.each<LogCriteria>([
    { minLevel: 'error' },
    { levels: ['info'] },
    { service: 'auth' },
    { event: 'other' },
    { product: 'BANKNIFTY' },
    { userId: '8' },
    { requestId: 'r' },
    { traceId: 'b'.repeat(32) },
    { texts: ['silent', 'loud'] },
    { texts: ['venue_silent'] },
    { fields: [{ path: 'status', value: '500' }] },
    { fields: [{ path: 'source.missing', value: 'nse' }] },
    { fromMs: 1_001 },
    { toMs: 1_000 },
  ])('does not fit %j', (criteria) => expect(fits(criteria)).toBe(false));
});
