import type { TSchema } from 'typebox';
import Schema from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { type LogEntry, NO_CONTEXT } from '../../../../ports/stores/logs/log-store.ts';
import { readOtlpLogs, readOtlpTraces } from '../../ingest/otlp.ts';
import { createTaken } from '../../ingest/taken.ts';
import { BulkAction, EcsDocument, LokiPush, OtlpLogs, OtlpTraces } from '../payload-schemas.fixture.ts';
import { elasticProtocol } from './elastic.ts';
import { lokiProtocol } from './loki.ts';
import { otlpProtocol } from './otlp.ts';
import type { Answer, PostedBody, ShipProtocol, WaitingEntry } from './protocol.ts';

const TRACE = { trace_id: '5b8efff798038103d269b633813fc60c', span_id: 'eee19b7ec3c1b174' };
const line = (more: Partial<LogEntry> = {}): LogEntry => ({
  timestamp: 1_795_680_000_123,
  level: 'warn',
  service: 'feed',
  message: 'venue silent',
  ...NO_CONTEXT,
  fields: {},
  ...more,
});
const RICH = line({
  ...TRACE,
  event: 'venue_silent',
  request_id: 'r-1',
  user_id: '123',
  product: 'NIFTY',
  fields: { n: 2, share: 0.5, is_late: true, nested: { list: [1, 'ü', { a: 'b' }] }, none: null },
});
const REQUEST = line({
  event: 'request_completed',
  service: 'gateway',
  fields: { method: 'GET', route: '/api/data/chain/:product', status: 503, ms: 1.25 },
});
const SPAN = line({
  ...TRACE,
  event: 'span',
  level: 'debug',
  message: 'store latest',
  fields: {
    ...{ parent_span_id: 'aaa19b7ec3c1b174', name: 'store latest', kind: 'client', outcome: 'ok' },
    ...{ start_ms: 1_795_680_000_123.25, duration_ms: 2.5, rows: 7 },
  },
});
const FAILED = line({
  fields: {
    err: { type: 'Error', message: 'no room', stack: 'Error: no room\n    at x' },
    ...{ status: 'odd', outcome: 'weird', ms: 'long', 'a.b': 1 },
  },
});
const ALL = [line(), RICH, REQUEST, SPAN, FAILED];
const waiting = (entries: readonly LogEntry[]): WaitingEntry[] =>
  entries.map((entry, i) => ({ key: `spool-${i}`, at: 0, entry }));

/** Sends entries; gives what was posted, and what became of the entries with these answers. */
async function send(protocol: ShipProtocol, entries: readonly LogEntry[], ...answers: Partial<Answer>[]) {
  const posted: PostedBody[] = [];
  const outcome = await protocol.send(waiting(entries), async (body) => {
    posted.push(body);
    const given = answers[posted.length - 1] ?? answers.at(-1);
    return { status: 200, body: '', retryAfterMs: null, ...given };
  });
  return { posted, outcome, keys: outcome.retry.map(({ key }) => key) };
}

const conforms = (schema: TSchema, value: unknown) => {
  if (!Schema.Check(schema, value))
    throw new Error(JSON.stringify(Schema.Errors(schema, value)[1].slice(0, 3)));
};

describe('Loki', () => {
  const protocol = lokiProtocol({ tenant: 'ops' });
  it('pushes what its interface documents', async () => {
    const { posted, outcome } = await send(protocol, ALL, { status: 204 });
    const [{ path, headers, body }] = posted;
    expect({ path, headers }).toEqual({ path: '/loki/api/v1/push', headers: { 'x-scope-orgid': 'ops' } });
    const push = JSON.parse(body);
    conforms(LokiPush, push);
    expect(push.streams[0].stream).toEqual({ service_name: 'feed', level: 'warn' });
    expect(push.streams[0].values[1]).toEqual([
      '1795680000123000000',
      'venue silent',
      expect.objectContaining({ trace_id: TRACE.trace_id, event: 'venue_silent', product: 'NIFTY', n: '2' }),
    ]);
    expect(outcome).toMatchObject({ shipped: ALL.length, retry: [] });
  });
  it('puts what Loki would refuse as metadata into the line', async () => {
    const fields = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`f${i}`, i]));
    const { posted } = await send(protocol, [line({ product: 'NIFTY', fields })], { status: 204 });
    const [[, text, metadata]] = JSON.parse(posted[0].body).streams[0].values;
    expect(JSON.parse(text)).toEqual({ message: 'venue silent', ...fields });
    expect(metadata).toEqual({ product: 'NIFTY' });
  });
  it('counts what 400 refuses, and sends nothing of it again', async () => {
    const body =
      "entry with timestamp 2026 ignored, reason: 'entry too far behind',\ntotal ignored: 2 out of 5";
    const partly = await send(protocol, ALL, { status: 400, body });
    expect(partly.outcome).toMatchObject({ shipped: 3, refused: { status_400: 2 }, retry: [] });
    const unsaid = await send(protocol, ALL, { status: 400, body: 'error parsing' });
    expect(unsaid.outcome).toMatchObject({ shipped: 0, refused: { status_400: 5 }, retry: [] });
  });
  it.each([429, 500, 503, 401, 403, 404, 302])('sends all of it again after %d', async (status) => {
    const { outcome, keys } = await send(protocol, ALL, { status, retryAfterMs: 7_000 });
    expect(keys).toHaveLength(ALL.length);
    expect(outcome).toMatchObject({ shipped: 0, reason: `status_${status}`, retryAfterMs: 7_000 });
  });
});

describe('Elasticsearch', () => {
  const protocol = elasticProtocol({ index: 'logs-app-default' });
  const items = (...statuses: number[]) =>
    JSON.stringify({ errors: true, items: statuses.map((status) => ({ create: { status } })) });

  it('writes pairs whose documents have names of ECS', async () => {
    const { posted, outcome } = await send(protocol, ALL, { body: items(201, 201, 201, 201, 201) });
    expect(posted[0].contentType).toBe('application/x-ndjson');
    expect(posted[0].body.endsWith('\n')).toBe(true);
    const lines = posted[0].body
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(lines).toHaveLength(2 * ALL.length);
    for (const [i, each] of lines.entries()) conforms(i % 2 === 0 ? BulkAction : EcsDocument, each);
    expect(lines[0]).toEqual({ create: { _index: 'logs-app-default', _id: 'spool-0' } });
    expect(lines[3]).toMatchObject({
      ...{ trace: { id: TRACE.trace_id }, user: { id: '123' }, http: { request: { id: 'r-1' } } },
      labels: { product: 'NIFTY', n: '2', nested: '{"list":[1,"ü",{"a":"b"}]}' },
    });
    expect(lines[5]).toMatchObject({
      http: { request: { method: 'GET' }, response: { status_code: 503 } },
      ...{ url: { path: '/api/data/chain/:product' }, event: { duration: 1_250_000 } },
    });
    expect(lines[9]).toMatchObject({
      error: { type: 'Error', message: 'no room' },
      labels: { status: 'odd', outcome: 'weird', ms: 'long', a_b: '1' },
    });
    expect(outcome.shipped).toBe(ALL.length);
  });
  it('sends only items again that may be, and takes one that is there for stored', async () => {
    const { outcome, keys } = await send(protocol, ALL, { body: items(201, 429, 400, 409, 503) });
    expect(outcome).toMatchObject({ shipped: 2, refused: { item_400: 1 } });
    expect(keys).toEqual(['spool-1', 'spool-4']);
  });
  it.each(['', 'no JSON', '{"items":[]}'])('sends all of it again after the answer %j', async (body) => {
    const { outcome, keys } = await send(protocol, ALL, { body });
    expect(keys).toHaveLength(ALL.length);
    expect(outcome.reason).toBe('malformed_answer');
  });
  it('gives up what is refused as a request, and asks for less after 413', async () => {
    expect((await send(protocol, ALL, { status: 400 })).outcome.refused).toEqual({ status_400: 5 });
    const { outcome, keys } = await send(protocol, ALL, { status: 413 });
    expect(outcome.isTooLarge).toBe(true);
    expect(keys).toHaveLength(5);
  });
});

describe('OTLP', () => {
  const protocol = otlpProtocol();
  it('sends records and spans as the protocol documents them', async () => {
    const { posted, outcome } = await send(protocol, ALL, { body: '{}' });
    expect(posted.map(({ path }) => path)).toEqual(['/v1/logs', '/v1/traces']);
    conforms(OtlpLogs, JSON.parse(posted[0].body));
    conforms(OtlpTraces, JSON.parse(posted[1].body));
    expect(outcome.shipped).toBe(ALL.length);
  });
  it('says what its own ingest reads as the same entries', async () => {
    const { posted } = await send(protocol, [RICH, SPAN], { body: '{}' });
    const taken = createTaken({ maxLines: 10, maxCharacters: 100_000 }, (entry) => [entry, 1]);
    readOtlpLogs(JSON.parse(posted[0].body), taken, 16_384, 0);
    readOtlpTraces(JSON.parse(posted[1].body), taken, 16_384);
    const { none: _, ...fields } = RICH.fields;
    expect(taken.entries).toEqual([{ ...RICH, fields }, SPAN]);
  });
  it('never sends again what a receiver says it rejected', async () => {
    const body = '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}';
    const { outcome } = await send(protocol, [RICH, REQUEST, FAILED], { body });
    expect(outcome).toMatchObject({ shipped: 1, refused: { partial_success: 2 }, retry: [] });
  });
  it('sends again after 429, 502, 503 and 504 only', async () => {
    for (const status of [429, 502, 503, 504])
      expect((await send(protocol, [RICH], { status })).keys, String(status)).toHaveLength(1);
    for (const status of [400, 401, 404, 500])
      expect((await send(protocol, [RICH], { status })).outcome.refused).toEqual({ [`status_${status}`]: 1 });
  });
  it('sends only spans again where only those failed', async () => {
    const { outcome, keys } = await send(protocol, ALL, { body: '{}' }, { status: 503, retryAfterMs: 2_000 });
    expect(keys).toEqual(['spool-3']);
    expect(outcome).toMatchObject({ shipped: 4, reason: 'status_503', retryAfterMs: 2_000 });
  });
});

it.each([
  ['Loki', lokiProtocol({}), ''],
  ['Elasticsearch', elasticProtocol({ index: 'logs' }), '{"items":[{"create":{"status":201}}]}'],
  ['OTLP', otlpProtocol(), ''],
])('takes each success of %s for one, and sends nothing again', async (_name, protocol, body) => {
  for (const status of [200, 202]) {
    const { outcome } = await send(protocol, [line()], { status, body });
    expect(outcome).toMatchObject({ shipped: 1, retry: [], refused: {} });
  }
});

it('counts what Elasticsearch says of an item by statuses of HTTP alone', async () => {
  const items = [700, 'x'.repeat(9_999), null, 1e300].map((status) => ({ create: { status } }));
  const entries = items.map(() => line());
  const { outcome } = await send(elasticProtocol({ index: 'logs' }), entries, {
    body: JSON.stringify({ items }),
  });
  expect(outcome.refused).toEqual({ item_0: 4 });
});
