import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import type { HttpApp } from '../../../kit/http/http.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { type LogStore, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { createLogging, type LoggingService } from '../service.ts';

const { verifier, tokenOf } = await createTokens();
const START = Date.UTC(2026, 7, 19, 6);
const nanos = (ms: number) => `${ms}000000`;
const RANGE = { start: nanos(START), end: nanos(START + 60_000) };
const LINES = 60;

let folder: string;
let store: LogStore;
let logging: LoggingService;
let app: HttpApp;

/** A line each second: every third of auth, every tenth an error. */
const ENTRIES = Array.from({ length: LINES }, (_, i) => ({
  ...NO_CONTEXT,
  timestamp: START + i * 1_000,
  level: i % 10 === 0 ? ('error' as const) : ('info' as const),
  service: i % 3 === 0 ? 'auth' : 'feed',
  event: 'tick',
  user_id: String(i % 2),
  product: i % 3 === 0 ? null : 'NIFTY',
  message: i % 2 === 0 ? `{"n":${i},"path":"/a"}` : `took ms=${i} (line ${i})`,
  fields: { status: 200 + i },
}));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-loki-'));
  store = await createFileLogStore({ folder: join(folder, 'logs') });
  const clock = { now: () => START + 60_000, monotonicMs: () => 0 };
  logging = createLogging(
    { logs: store, clock, logger: silentLogger, verifier },
    { lokiLines: 4_520, lokiSeries: 20 },
  );
  app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
  if (logging.routes) await app.register(logging.routes);
  await logging.start();
  await store.append(ENTRIES);
});
afterAll(async () => {
  await app.close();
  await logging.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

type Parameters = Readonly<Record<string, string>>;

/** As Grafana calls: always with the flag, and what else newer releases understand. */
async function call(
  path: string,
  query: Parameters = {},
  headers: Parameters = {},
  role: string | null = 'admin',
) {
  const response = await app.inject({
    url: `/api/logs${path}`,
    query: { ...query, supportingQueryType: 'grafana' },
    headers: {
      'x-loki-response-encoding-flags': 'categorize-labels',
      ...(role !== null && { authorization: `Bearer ${await tokenOf(role)}` }),
      ...headers,
    },
  });
  return { status: response.statusCode, text: response.body, headers: response.headers };
}
async function data(path: string, query: Parameters = {}, headers: Parameters = {}) {
  const { status, text } = await call(path, query, headers);
  expect(status, text).toBe(200);
  return JSON.parse(text);
}
const V1 = '/loki/api/v1';
const range = (query: string, more: Parameters = {}) =>
  data(`${V1}/query_range`, { query, ...RANGE, ...more });

describe('what Grafana calls', () => {
  it('save and test', async () => {
    const found = await data(`${V1}/query`, { query: 'vector(1)+vector(1)', time: '4000000000' });
    expect(found).toEqual({
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: {}, value: [4_000_000_000, '2'] }] },
    });
    expect((await call('/ready')).text).toBe('ready\n');
    expect(await data(`${V1}/status/buildinfo`)).toMatchObject({ version: '3.0.0' });
  });

  it('lines, newest first, with their categories', async () => {
    const more = { direction: 'backward', limit: '1000', step: '15000ms' };
    const { text } = await call(`${V1}/query_range`, {
      query: '{service_name="auth"} | json',
      ...RANGE,
      ...more,
    });
    expect(text.indexOf('"resultType"')).toBeLessThan(text.indexOf('"result"'));
    const { resultType, encodingFlags, result } = JSON.parse(text).data;
    expect([resultType, encodingFlags]).toEqual(['streams', ['categorize-labels']]);
    expect(result.flatMap(({ values }: { values: unknown[] }) => values)).toHaveLength(20);
    const info = result.find(({ stream }: { stream: { level: string } }) => stream.level === 'info');
    expect(info.stream).toEqual({ service_name: 'auth', level: 'info', event: 'tick' });
    expect(info.values[0]).toEqual([
      nanos(START + 57_000),
      'took ms=57 (line 57)',
      { structuredMetadata: { user_id: '1', status: '257' } },
    ]);
    expect(info.values[1][2]).toEqual({
      structuredMetadata: { user_id: '0', status: '254' },
      parsed: { n: '54', path: '/a' },
    });
  });

  it('lines without categories, forward, from a time that is in and to one that is not', async () => {
    const times = { start: nanos(START + 1_000), end: nanos(START + 3_000), direction: 'forward' };
    const found = await data(
      `${V1}/query_range`,
      { query: '{event="tick"}', ...times },
      { 'x-loki-response-encoding-flags': '' },
    );
    expect(found.data.encodingFlags).toBeUndefined();
    expect(found.data.result).toEqual([
      {
        stream: {
          ...{ service_name: 'feed', level: 'info', event: 'tick', product: 'NIFTY' },
          user_id: '1',
          status: '201',
        },
        values: [[nanos(START + 1_000), 'took ms=1 (line 1)']],
      },
      {
        stream: {
          ...{ service_name: 'feed', level: 'info', event: 'tick', product: 'NIFTY' },
          user_id: '0',
          status: '202',
        },
        values: [[nanos(START + 2_000), '{"n":2,"path":"/a"}']],
      },
    ]);
  });

  it('the context of a line, both ways', async () => {
    const at = START + 30_000;
    const texts = async (query: Parameters) =>
      (await range('{event="tick"}', { limit: '3', ...query })).data.result
        .flatMap(({ values }: { values: [string][] }) => values.map(([time]) => time))
        .sort();
    expect(await texts({ start: nanos(at), direction: 'forward' })).toEqual(
      [0, 1, 2].map((n) => nanos(at + n * 1_000)),
    );
    expect(await texts({ end: nanos(at), direction: 'backward' })).toEqual(
      [3, 2, 1].map((n) => nanos(at - n * 1_000)),
    );
  });

  it.each([
    ['count_over_time({event="tick"} | drop __error__ [10s])', 'by columns'],
    ['count_over_time({event="tick"} |~ "." | drop __error__ [10s])', 'by lines'],
  ])('the histogram: %s, %s', async (inner) => {
    const query = `sum by (level, detected_level) (${inner})`;
    const { data: found } = await range(query, { step: '10000ms' });
    expect(found.resultType).toBe('matrix');
    const of = (level: string) =>
      found.result.find(
        ({ metric }: { metric: object }) => JSON.stringify(metric) === JSON.stringify({ level }),
      )?.values;
    const times = [1, 2, 3, 4, 5, 6].map((n) => START / 1_000 + n * 10);
    expect(of('error')).toEqual(times.map((time) => [time, '1']));
    expect(of('info')).toEqual(times.map((time) => [time, '9']));
    expect(found.result).toHaveLength(2);
  });

  it('a rate over a longer range than a step, the same by columns and by lines', async () => {
    const ask = (filter: string) =>
      range(`sum by (service_name) (rate({event="tick"} ${filter} [20s]))`, { step: '7s' });
    const columns = await ask('');
    expect(columns.data.result).toHaveLength(2);
    expect(columns).toEqual(await ask('|~ "."'));
  });

  it('counts by an id, by a field, and by what a parser finds', async () => {
    const sum = async (query: string) =>
      (await data(`${V1}/query`, { query, time: nanos(START + 60_000) })).data.result.map(
        ({ metric, value }: { metric: object; value: [number, string] }) => [metric, value[1]],
      );
    expect(await sum('sum by (user_id) (count_over_time({event="tick"}[1m]))')).toEqual(
      expect.arrayContaining([
        [{ user_id: '0' }, '30'],
        [{ user_id: '1' }, '30'],
      ]),
    );
    expect(await sum('sum by (status) (count_over_time({event="tick"} | status > 257 [1m]))')).toHaveLength(
      2,
    );
    expect(await sum('sum by (path) (count_over_time({event="tick"} |= "path" | json [1m])) * 2')).toEqual([
      [{ path: '/a' }, '60'],
    ]);
    expect(await sum('sum(count_over_time({event="tick"} | logfmt | ms > 50 [1m]))')).toEqual([[{}, '5']]);
  });

  it('labels, their values, series, size and fields', async () => {
    expect(await data(`${V1}/labels`, RANGE)).toEqual({
      status: 'success',
      data: ['event', 'level', 'product', 'service_name'],
    });
    const values = (name: string, query: Parameters = {}) =>
      data(`${V1}/label/${name}/values`, { ...RANGE, ...query }).then(({ data: all }) => all);
    expect(await values('service_name')).toEqual(['auth', 'feed']);
    expect(await values('service_name', { query: '{product="NIFTY"}' })).toEqual(['feed']);
    expect(await values('nothing')).toEqual([]);
    expect(
      await data(`${V1}/series`, { ...RANGE, 'match[]': '{service_name="auth", level!="info"}' }),
    ).toEqual({
      status: 'success',
      data: [{ service_name: 'auth', level: 'error', event: 'tick' }],
    });
    const stats = await data(`${V1}/index/stats`, { ...RANGE, query: '{service_name="auth"}' });
    expect(stats).toMatchObject({ streams: 2, chunks: 2, entries: 20 });
    expect(stats.bytes).toBeGreaterThan(200);
    const { fields } = await data(`${V1}/detected_fields`, {
      ...RANGE,
      query: '{event="tick"}',
      line_limit: '100',
    });
    expect(fields).toEqual(
      expect.arrayContaining([
        { label: 'status', type: 'int', cardinality: 60, parsers: null },
        { label: 'path', type: 'string', cardinality: 1, parsers: ['json'] },
      ]),
    );
    const found = await data(`${V1}/detected_field/path/values`, { ...RANGE, query: '{event="tick"}' });
    expect(found.values).toEqual(['/a']);
  });
});

describe('what is wrong', () => {
  it.each([
    ['query_range', { query: '{a="b' }, 400, 'parse error at line 1, col 4: a text is not ended'],
    ['query_range', {}, 400, 'query: is missing'],
    ['query_range', { query: '{event="tick"}', limit: '9999' }, 400, 'max entries limit per query exceeded'],
    ['query_range', { query: '{event="tick"}', start: 'x' }, 400, 'start: "x" is no time'],
    ['query_range', { query: '{event="tick"}', direction: 'up' }, 400, 'direction: is forward or backward'],
    ['query_range', { query: 'vector(1)', step: '1ms' }, 400, 'exceeded maximum resolution of 11000 points'],
    [
      'query',
      { query: 'count_over_time({event="tick"} | event > 1 [1m])', time: nanos(START + 60_000) },
      400,
      "pipeline error: 'LabelFilterErr'",
    ],
    [
      'query',
      { query: 'sum by (status) (count_over_time({event="tick"}[1m]))', time: nanos(START + 60_000) },
      400,
      'maximum of series (20) reached',
    ],
  ])('%s %j', async (path, query, status, message) => {
    const found = await call(`${V1}/${path}`, { ...RANGE, ...query } as Parameters);
    expect(found.status, found.text).toBe(status);
    expect(JSON.parse(found.text)).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(message as string),
    });
  });

  it('is for administrators', async () => {
    expect((await call(`${V1}/labels`, {}, {}, null)).status).toBe(401);
    expect((await call('/ready', {}, {}, 'trader')).status).toBe(403);
  });
});

it('reads lines of one time over several batches, each once', async () => {
  const at = START + 3_600_000;
  const many = Array.from({ length: 4_500 }, (_, i) => ({
    ...ENTRIES[0],
    ...{ timestamp: at + Math.floor(i / 3_000), service: 'batch', message: `line ${i}` },
  }));
  await store.append(many);
  const more = { start: nanos(at), end: nanos(at + 1_000), limit: '5000' };
  for (const direction of ['forward', 'backward']) {
    const { data: found } = await range('{service_name="batch"} |~ "^line"', { ...more, direction });
    const texts = found.result[0].values.map(([, text]: [string, string]) => text);
    expect(new Set(texts).size).toBe(4_500);
    expect(texts).toHaveLength(4_500);
  }
  const over = await call(`${V1}/query_range`, { query: '{event="tick"} !~ "."', ...more, start: '0' });
  expect(over.status).toBe(400);
  expect(over.text).toContain('the query reads more than 4520 lines');
});
