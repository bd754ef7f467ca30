import { expect, it } from 'vitest';
import { eventOf } from './follow-log.ts';
import { countLines, entryLine, type Paint, traceLines } from './print-entries.ts';
import { parametersOf } from './read-logs.ts';

const plain: Paint = (_format, text) => text;
const ENTRY = {
  timestamp: '2026-11-28T09:00:00.000Z',
  level: 'warn' as const,
  service: 'feed',
  event: 'venue_silent',
  message: 'the venue is silent',
  request_id: null,
  trace_id: null,
  span_id: null,
  user_id: null,
  product: 'BTC',
  fields: { seconds: 3, reason: 'no data' },
};

it('is a line with what is known, and nothing in it steers a terminal', () => {
  expect(entryLine(ENTRY, plain)).toBe(
    '2026-11-28T09:00:00.000Z WARN  feed           venue_silent the venue is silent product=BTC seconds=3 reason="no data"',
  );
  const hostile = { ...ENTRY, message: 'a\u001b[2Jb\nc\u009b1A\u202egnp', service: 'x\u0007' };
  const line = entryLine(hostile, plain);
  expect(line).toContain('a\\u001b[2Jb\\u000ac\\u009b1A\\u202egnp');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is what is looked for
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

it('shows counts by their names, and a trace as a tree', () => {
  const groups = [
    { values: ['BTC', null], count: 12 },
    { values: ['NIFTY', 'feed'], count: 3 },
  ];
  expect(countLines({ by: ['product', 'service'], groups }, plain)).toEqual([
    'count  product  service',
    '   12  BTC  -',
    '    3  NIFTY  feed',
  ]);
  const span = { kind: 'server', outcome: 'ok', parent_missing: false, start: 0, attributes: {} };
  const trace = {
    ...{
      trace_id: 'a'.repeat(32),
      duration_ms: 12.345,
      services: ['gateway', 'storage'],
      logs: [],
      complete: true,
    },
    spans: [
      {
        ...span,
        span_id: '1',
        parent_span_id: null,
        depth: 0,
        name: 'GET /x',
        service: 'gateway',
        start_after_ms: 0,
        duration_ms: 12.345,
      },
      {
        ...span,
        span_id: '2',
        parent_span_id: '1',
        depth: 1,
        name: 'store x',
        service: 'storage',
        start_after_ms: 1.2,
        duration_ms: 3,
        outcome: 'error',
        attributes: { reason: 'away', delay_ms: 0.5 },
      },
    ],
  };
  expect(traceLines(trace, plain)).toEqual([
    `${'a'.repeat(32)}  12.35 ms  gateway, storage`,
    '     start   duration',
    '      0.00      12.35 gateway        GET /x server',
    '      1.20       3.00 storage          └ store x server after 0.50 ms under way away',
  ]);
});

it('asks by the names of the API, times also by how long ago', () => {
  const now = Date.parse('2026-11-28T09:00:00Z');
  const flags = {
    level: 'warn',
    productSymbol: 'BTC',
    user: 'u1',
    field: ['status=503', 'a.b=c'],
    since: '15m',
  };
  expect(parametersOf(flags, now)).toEqual({
    level: 'warn',
    product: 'BTC',
    user_id: 'u1',
    fields: 'status=503,a.b=c',
    from: '2026-11-28T08:45:00.000Z',
  });
  expect(parametersOf({ field: [], until: '2026-11-28T01:00:00Z' }, now)).toEqual({
    to: '2026-11-28T01:00:00.000Z',
  });
  expect(() => parametersOf({ field: [], since: 'yesterday' }, now)).toThrow(/--since: yesterday is neither/);
});

it('reads what a tail sends', () => {
  expect(eventOf('event: ready\ndata: {"at":"x"}')).toEqual({ kind: 'ready', at: 'x' });
  expect(eventOf(`event: log\ndata: ${JSON.stringify(ENTRY)}`)).toEqual({ kind: 'log', entry: ENTRY });
  expect(eventOf('event: dropped\ndata: {"count":3}')).toEqual({ kind: 'dropped', count: 3 });
  expect(eventOf('event: end\ndata: {"reason":"too_long"}')).toEqual({ kind: 'end', reason: 'too_long' });
  expect(eventOf(': heartbeat')).toBeNull();
});
