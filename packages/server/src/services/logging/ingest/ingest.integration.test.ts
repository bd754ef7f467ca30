import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import type { HttpApp } from '../../../kit/http/http.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { LogStore } from '../../../ports/stores/logs/log-store.ts';
import { createLogging, type LoggingService } from '../service.ts';

const { verifier, tokenOf } = await createTokens();
const NOW = Date.UTC(2026, 7, 19, 6);
const NANOS = `${NOW}000000`;

let folder: string;
let store: LogStore;
let logging: LoggingService;
let app: HttpApp;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-ingest-'));
  store = await createFileLogStore({ folder: join(folder, 'logs') });
  logging = createLogging(
    { logs: store, clock: systemClock, logger: silentLogger, verifier },
    { ingestPlainBytes: 1_000_000, ingestLines: 1_000, ingestLineBytes: 100_000 },
  );
  app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
  if (logging.routes) await app.register(logging.routes);
  await logging.start();
});
afterEach(async () => {
  await app.close();
  await logging.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

interface Sent {
  readonly type?: string;
  readonly role?: string | null;
  readonly headers?: Record<string, string>;
}

async function send(
  path: string,
  body: string | Buffer | object,
  { type, role = 'admin', headers }: Sent = {},
) {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const response = await app.inject({
    method: 'POST',
    url: `/api/logs${path}`,
    payload,
    headers: {
      'content-type': type ?? 'application/json',
      ...(role !== null && { authorization: `Bearer ${await tokenOf(role)}` }),
      ...headers,
    },
  });
  return { status: response.statusCode, body: response.body === '' ? null : response.json() };
}
const get = async (path: string) => {
  const headers = { authorization: `Bearer ${await tokenOf('admin')}` };
  return (await app.inject({ url: `/api/logs${path}`, headers })).json();
};
const stored = () => store.query({ limit: 5_000, order: 'oldest' });
const total = async (name: string, protocol: string) =>
  (await logging.metrics.getSingleMetric(`deltastream_logging_${name}`)?.get())?.values.find(
    ({ labels }) => labels.protocol === protocol,
  )?.value;

describe('NDJSON', () => {
  const line = (fields: object) => JSON.stringify({ timestamp: NOW, service: 'bot', ...fields });

  it('is for administrators', async () => {
    expect(await send('', line({}), { role: null })).toMatchObject({ status: 401 });
    expect(await send('', line({}), { role: 'trader' })).toMatchObject({ status: 403 });
    expect(await stored()).toEqual([]);
  });

  it('keeps every good line, counts and names every other: no JSON, no UTF-8, too long', async () => {
    const body = Buffer.concat([
      Buffer.from(
        `${line({ level: 'warn', message: 'first', event: 'bot_started', order: 7 })}\n{"broken\n\n`,
      ),
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d, 0x0a]),
      Buffer.from(`${line({ message: 'x'.repeat(200_000) })}\n[1]\n${line({ message: 'last' })}`),
    ]);
    const { status, body: report } = await send('', body, { type: 'application/x-ndjson' });
    expect(status).toBe(200);
    expect(report).toEqual({
      accepted: 2,
      rejected: 4,
      rejections: [
        { line: 2, reason: 'is no JSON object' },
        { line: 4, reason: 'is not UTF-8' },
        { line: 5, reason: 'has more than 100000 bytes' },
        { line: 6, reason: 'is no JSON object' },
      ],
    });
    expect(await stored()).toMatchObject([
      {
        timestamp: NOW,
        level: 'warn',
        service: 'bot',
        event: 'bot_started',
        message: 'first',
        fields: { order: 7 },
      },
      { level: 'info', message: 'last' },
    ]);
    expect(await total('ingested_total', 'ndjson')).toBe(2);
    expect(await total('refused_total', 'ndjson')).toBe(4);
  });

  it('may be an array, and gzip; bodies beyond the bounds are refused, and nothing of them is stored', async () => {
    const gzip = { headers: { 'content-encoding': 'gzip' } };
    expect(await send('', gzipSync(`[${line({ message: 'a' })},5]`), gzip)).toMatchObject({
      status: 200,
      body: { accepted: 1, rejections: [{ line: 2, reason: 'is no JSON object' }] },
    });
    expect(await send('', gzipSync('x'.repeat(1_000_001)), gzip)).toMatchObject({ status: 413 });
    expect(await send('', Buffer.from('no gzip'), gzip)).toMatchObject({ status: 400 });
    expect(await send('', `${line({})}\n`.repeat(1_001))).toMatchObject({ status: 413 });
    expect(await send('', 'x'.repeat(4_194_305))).toMatchObject({ status: 413 });
    expect(await send('', line({}), { headers: { 'content-encoding': 'br' } })).toMatchObject({
      status: 415,
    });
    expect(await stored()).toHaveLength(1);
  });

  it('keeps no secret, and no time in the future', async () => {
    const signed = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
    await send(
      '',
      line({
        timestamp: Date.now() + 86_400_000,
        message: `Authorization: Bearer ${signed} to https://user:hunter2@example.com/`,
        password: 'hunter2',
        deep: [{ refreshToken: 'hunter2', tokens_left: 3, note: signed }],
      }),
    );
    const [entry] = await stored();
    expect(JSON.stringify(entry)).not.toMatch(/hunter2|eyJ/);
    expect(entry.fields).toMatchObject({ deep: [{ refreshToken: '[removed]', tokens_left: 3 }] });
    expect(entry.timestamp).toBeLessThanOrEqual(Date.now());
    expect(entry.fields.sent_timestamp).toBeGreaterThan(Date.now());
  });
});

describe('OTLP', () => {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'feed' } }] };
  const trace = '5B8EFFF798038103D269B633813FC60C';

  it('takes log records, and refuses what is none without asking for them again', async () => {
    const record = {
      timeUnixNano: NANOS,
      severityNumber: 13,
      severityText: 'WARN',
      body: { stringValue: 'venue silent' },
      traceId: trace,
      spanId: 'EEE19B7EC3C1B174',
      attributes: [
        { key: 'n', value: { intValue: '2' } },
        { key: 'big', value: { intValue: '9007199254740993' } },
        { key: 'user_id', value: { stringValue: '123' } },
        { key: 'list', value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 0.5 }] } } },
      ],
      somethingNew: 1,
    };
    const observed = {
      timeUnixNano: '0',
      observedTimeUnixNano: NANOS,
      body: { kvlistValue: { values: [] } },
    };
    const request = {
      resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'x' }, logRecords: [record, 5, observed] }] }],
    };
    expect(await send('/otlp/v1/logs', request)).toEqual({
      status: 200,
      body: {
        partialSuccess: {
          rejectedLogRecords: '1',
          errorMessage: '1 refused, the first: 2: a log record is no object',
        },
      },
    });
    const [first, second] = await stored();
    expect(first).toMatchObject({
      timestamp: NOW,
      level: 'warn',
      service: 'feed',
      message: 'venue silent',
      trace_id: trace.toLowerCase(),
      span_id: 'eee19b7ec3c1b174',
      user_id: '123',
      fields: { scope: 'x', n: 2, big: '9007199254740993', list: [true, 0.5] },
    });
    expect(second).toMatchObject({ timestamp: NOW, level: 'info', message: '{}' });
    expect(await send('/otlp/v1/logs', {})).toEqual({ status: 200, body: {} });
    expect(await send('/otlp/v1/logs', '{"resourceLogs":5}')).toMatchObject({ status: 400 });
    expect(await send('/otlp/v1/logs', 'x', { type: 'application/x-protobuf' })).toMatchObject({
      status: 415,
    });
  });

  it('takes spans, which make a trace', async () => {
    const span = (id: string, parent: string | null, from: number, ms: number, more = {}) => ({
      traceId: trace,
      spanId: id.repeat(16),
      parentSpanId: parent === null ? '' : parent.repeat(16),
      name: `span ${id}`,
      kind: 2,
      startTimeUnixNano: `${NOW + from}000000`,
      endTimeUnixNano: `${NOW + from + ms}000000`,
      ...more,
    });
    const spans = [
      span('b', 'a', 5, 10, { status: { code: 2, message: 'no rows' } }),
      span('a', null, 0, 20),
      span('c', null, 0, 1, { traceId: 'x' }),
    ];
    expect(
      await send('/otlp/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
    ).toMatchObject({
      body: { partialSuccess: { rejectedSpans: '1' } },
    });
    await send(
      '',
      JSON.stringify({ timestamp: NOW + 7, message: 'rows read', trace_id: trace.toLowerCase() }),
    );
    expect(await get(`/traces/${trace}`)).toMatchObject({
      trace_id: trace.toLowerCase(),
      duration_ms: 20,
      complete: true,
      spans: [
        { name: 'span a', depth: 0, duration_ms: 20, service: 'feed', outcome: 'ok', kind: 'server' },
        {
          name: 'span b',
          depth: 1,
          start_after_ms: 5,
          outcome: 'error',
          attributes: { status_message: 'no rows' },
        },
      ],
      logs: [{ message: 'rows read' }],
    });
    expect(await get(`/traces/${'0'.repeat(32)}`)).toMatchObject({ code: 'no_data' });
  });
});

describe("Loki's push", () => {
  it('takes entries; of those that are wrong the sender is told with 400, and the others are stored', async () => {
    const stream = { service_name: 'feed', level: 'warn', venue: 'deribit' };
    const good = [NANOS, 'venue silent', { trace_id: 'a'.repeat(32) }];
    expect(await send('/loki/api/v1/push', { streams: [{ stream, values: [good] }] })).toEqual({
      status: 204,
      body: null,
    });
    const values = [[NOW * 1e6, 'a number'], good, [NANOS, 5]];
    expect(await send('/loki/api/v1/push', { streams: [null] })).toMatchObject({ status: 400 });
    expect(await send('/loki/api/v1/push', { streams: [{ stream, values }] })).toMatchObject({
      status: 400,
      body: {
        detail: expect.stringMatching(/2 refused, the first: 1: the time .*the other 1 entries are stored/),
      },
    });
    const entries = await stored();
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({
      timestamp: NOW,
      level: 'warn',
      service: 'feed',
      message: 'venue silent',
      trace_id: 'a'.repeat(32),
      fields: { venue: 'deribit' },
    });
  });
});

describe('what a sender may do', () => {
  const lineOf = (fields: object) => JSON.stringify({ timestamp: NOW, service: 'auth', ...fields });

  it('is not to pass for a service of the platform: each entry says who sent it', async () => {
    await send('', lineOf({ event: 'login_succeeded', audit: true, sent_by: 'nobody' }));
    await send('', lineOf({ event: 'login_succeeded', sent_by: 'nobody', long: 'x'.repeat(20_000) }));
    const [short, long] = await stored();
    expect(short.fields.sent_by).toMatch(/^(?!nobody$)./);
    expect(long.fields).toEqual({
      fields_left_out_of_characters: expect.any(Number),
      sent_by: short.fields.sent_by,
    });
  });

  it('is not to make the log unreadable by the name of a level', async () => {
    for (const level of ['constructor', '__proto__', 'toString']) {
      await send('/loki/api/v1/push', { streams: [{ stream: { level }, values: [[NANOS, 'a']] }] });
    }
    expect(await get('')).toMatchObject({ count: 3, logs: [{ level: 'info' }, { level: 'info' }, {}] });
  });

  it('is bounded in names, in depth, and in what a small body stands for', async () => {
    const names = { service: 's'.repeat(5_000), event: 'e'.repeat(5_000), trace_id: 'A'.repeat(32) };
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const body = `[${lineOf({ ...names, deep: 0 }).replace('"deep":0', `"deep":${nested}`)}]`;
    expect(await send('', body)).toMatchObject({ body: { accepted: 1 } });
    const [entry] = await stored();
    expect(entry).toMatchObject({
      service: 's'.repeat(200),
      event: 'e'.repeat(200),
      trace_id: 'a'.repeat(32),
    });
    expect(JSON.stringify(entry.fields).length).toBeLessThan(1_000);
    const attributes = Array.from({ length: 300 }, (_, i) => ({
      key: `attribute ${i}`,
      value: { stringValue: 'of the resource' },
    }));
    const logRecords = new Array(900).fill({});
    const request = { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] };
    expect(await send('/otlp/v1/logs', request)).toMatchObject({ status: 413 });
    expect(await send('', '5\n'.repeat(1_001))).toMatchObject({ status: 413 });
    expect(await stored()).toHaveLength(1);
  });

  it('does not leave half a secret where a message is cut, nor a key of ours', async () => {
    const signed = `eyJhbGciOiJIUzI1NiJ9.${'c'.repeat(300)}.c2lnbmF0dXJl`;
    await send('', lineOf({ message: `${'x '.repeat(2_000)}${signed}` }));
    await send('', lineOf({ message: `key ds_${'0a'.repeat(8)}_${'0b'.repeat(32)}` }));
    expect(JSON.stringify(await stored())).not.toMatch(/eyJ|ds_0a/);
  });
});

it('what was sent is counted and found by its text, fields and time', async () => {
  const lines = Array.from({ length: 100 }, (_, i) => ({
    ...{
      timestamp: NOW + i * 1_000,
      level: i % 10 === 0 ? 'error' : 'info',
      service: 'feed',
      user_id: String(i % 2),
    },
    ...{
      event: 'chain_processing_started',
      product: i % 4 === 0 ? 'NIFTY' : 'BTC',
      message: `chain ${i}`,
      step: i,
    },
  }));
  await send('', lines);
  expect(await get('?event=chain_processing_started&user_id=1')).toMatchObject({ count: 50 });
  expect(await get('?text=CHAIN%2042')).toMatchObject({ count: 1, logs: [{ message: 'chain 42' }] });
  expect(await get('?fields=step=42')).toMatchObject({ count: 1 });
  expect(await get('/counts?level=error&by=product')).toEqual({
    by: ['product'],
    groups: [
      { values: ['BTC'], count: 5 },
      { values: ['NIFTY'], count: 5 },
    ],
  });
  const { steps } = await get('/histogram?step=60');
  expect(steps).toEqual([
    {
      from: '2026-08-19T06:00:00.000Z',
      groups: [
        { values: ['info'], count: 54 },
        { values: ['error'], count: 6 },
      ],
    },
    {
      from: '2026-08-19T06:01:00.000Z',
      groups: [
        { values: ['info'], count: 36 },
        { values: ['error'], count: 4 },
      ],
    },
  ]);
  expect(await get('/counts?by=a,b,c,d,e')).toMatchObject({ code: 'invalid_request' });
  expect(await get('?fields=step')).toMatchObject({ code: 'invalid_request' });
});
