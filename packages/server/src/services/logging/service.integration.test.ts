import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../adapters/log-files/log-store-files.ts';
import type { HttpApp } from '../../kit/http/http.ts';
import { createServiceApp } from '../../kit/lifecycle/standalone.ts';
import { createLogger, type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createTokens } from '../../kit/tokens/tokens.fixture.ts';
import { systemClock } from '../../ports/clock.ts';
import { type LogStore, NO_CONTEXT, type StoredLogEntry } from '../../ports/stores/logs/log-store.ts';
import { createLogging, type LoggingService } from './service.ts';
import type { LoggingSettings } from './settings.ts';

const { verifier, tokenOf } = await createTokens();

let folder: string;
let store: LogStore;
/** Stands between the service and the real store, to fail or to wait on demand. */
let gate: { fail: Error | null; wait: Promise<void> | null; appends: number };
let logger: Logger;
let logging: LoggingService;
let app: HttpApp;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logging-'));
  store = await createFileLogStore({ folder: join(folder, 'logs') });
  gate = { fail: null, wait: null, appends: 0 };
});
afterEach(async () => {
  gate.wait = null;
  await app.close();
  await logging.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

/** Wired as the platform is: the service logs through the logger whose lines it stores. */
async function start(config: Partial<LoggingSettings> = {}, withVerifier = true) {
  const pass = async (append: () => Promise<void>) => {
    gate.appends += 1;
    await gate.wait;
    if (gate.fail !== null) throw gate.fail;
    await append();
  };
  const logs: LogStore = {
    ...store,
    append: (entries) => pass(() => store.append(entries)),
    appendLines: (lines, rules) => pass(() => store.appendLines(lines, rules)),
  };
  logger = createLogger('trace', { write: (line) => logging.logSink.write(line) });
  logging = createLogging(
    { logs, clock: systemClock, logger, verifier: withVerifier ? verifier : undefined },
    { flushIntervalMs: 10, ...config },
  );
  app = createServiceApp({ logger, verifier, tokensRequired: false });
  if (logging.routes) await app.register(logging.routes);
  await logging.start();
}

const stored = () => store.query({ limit: 10_000 });
const messages = (entries: StoredLogEntry[]) => entries.map(({ message }) => message).toReversed();
const metric = async (name: string) =>
  (await logging.metrics.getSingleMetric(`deltastream_logging_${name}`)!.get()).values[0].value;

describe('the sink', () => {
  it('stores what the services log, in order', async () => {
    await start();
    const feed = serviceLogger(logger, 'feed');
    for (let i = 0; i < 2500; i++) feed.event('feed_started', { i }, `tick ${i}`);
    await expect.poll(async () => (await stored()).length).toBe(2500);
    const entries = await stored();
    expect(messages(entries)).toEqual(Array.from({ length: 2500 }, (_, i) => `tick ${i}`));
    expect(entries[0]).toMatchObject({ level: 'info', service: 'feed', fields: { i: 2499 } });
    expect(await metric('stored_total')).toBe(2500);
  });

  it('stores many lines that come at once in their place, and counts each that it drops', async () => {
    await start({ flushIntervalMs: 60_000, bufferEntries: 10 });
    const line = (n: number) => `${JSON.stringify({ level: 30, service: 'feed', msg: `line ${n}` })}\n`;
    const batch = (from: number, count: number) => {
      const lines = Array.from({ length: count }, (_, i) => line(from + i));
      const bytes = Buffer.from(lines.join(''));
      logging.logSink.writeBatch?.({ bytes, count });
      // They are the sender's again.
      bytes.fill(0);
    };
    batch(0, 4);
    logging.logSink.write(line(4));
    batch(5, 7);
    expect(await metric('dropped_total')).toBe(4);
    expect(await metric('waiting')).toBe(8);
    await logging.stop();
    expect(messages(await stored())).toEqual([
      ...Array.from({ length: 8 }, (_, i) => `line ${4 + i}`),
      'log entries were dropped: more arrived than could be stored',
    ]);
    expect(await metric('stored_total')).toBe(9);
  });

  it('takes lines before the start', async () => {
    await start();
    await logging.stop();
    logging = createLogging({ logs: store, clock: systemClock, logger }, { flushIntervalMs: 10 });
    logger.event('feed_started', {}, 'early');
    await logging.start();
    await expect.poll(async () => messages(await stored())).toEqual(['early']);
  });

  it('drops the oldest when the store is too slow, counts them and says so once in the log', async () => {
    await start({ bufferEntries: 100, batchEntries: 10 });
    const release = Promise.withResolvers<void>();
    gate.wait = release.promise;
    logger.event('feed_started', {}, 'first');
    await expect.poll(() => gate.appends).toBe(1);
    for (let i = 0; i < 250; i++) logger.event('feed_started', {}, `line ${i}`);
    release.resolve();
    await expect.poll(async () => messages(await stored()).at(-1)).toMatch(/dropped/);
    const entries = await stored();
    expect(entries).toHaveLength(102);
    expect(messages(entries)[1]).toBe('line 150');
    expect(entries[0]).toMatchObject({ level: 'warn', service: 'logging', fields: { dropped: 150 } });
    expect(await metric('dropped_total')).toBe(150);
    logger.event('feed_started', {}, 'after');
    await expect.poll(async () => messages(await stored()).at(-1)).toBe('after');
    expect(messages(await stored()).filter((message) => message.includes('dropped'))).toHaveLength(1);
  });

  it('keeps entries while the store fails, and does not log itself into a loop', async () => {
    await start();
    gate.fail = new Error('disk full');
    logger.event('feed_started', {}, 'kept');
    await expect.poll(() => gate.appends).toBeGreaterThan(10);
    expect(await logging.ready()).toEqual([{ name: 'log_store', ok: false, reason: 'disk full' }]);
    expect(await metric('waiting')).toBe(2);
    gate.fail = null;
    await expect
      .poll(async () => messages(await stored()))
      .toEqual(['kept', 'log entries cannot be stored; they wait', 'log entries are stored again']);
    const { appends } = gate;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(gate.appends).toBe(appends);
    expect((await logging.ready())[0].ok).toBe(true);
  });

  it('stores what waits when it stops during work, and counts what comes after', async () => {
    await start({ flushIntervalMs: 60_000, batchEntries: 50 });
    for (let i = 0; i < 500; i++) logger.event('feed_started', {}, `line ${i}`);
    expect(await stored()).toHaveLength(0);
    await Promise.all([logging.stop(), logging.stop()]);
    expect(await stored()).toHaveLength(500);
    logger.event('feed_started', {}, 'too late');
    expect(await metric('dropped_total')).toBe(1);
  });

  it('stops when the store hangs, and counts what it could not store', async () => {
    await start({ stopTimeoutMs: 50 });
    const release = Promise.withResolvers<void>();
    gate.wait = release.promise;
    for (let i = 0; i < 5; i++) logger.event('feed_started', {}, `line ${i}`);
    await logging.stop();
    expect(await metric('dropped_total')).toBeGreaterThanOrEqual(5);
    release.resolve();
  });
});

describe('GET /api/logs', () => {
  const get = async (query = '', role: string | null = 'admin') => {
    const headers = role === null ? {} : { authorization: `Bearer ${await tokenOf(role)}` };
    const response = await app.inject({ url: `/api/logs${query}`, headers });
    return { status: response.statusCode, body: response.json() };
  };
  const at = (n: number) => Date.UTC(2026, 7, 19, 5, 57, n);
  const fill = () =>
    store.append(
      Array.from({ length: 10 }, (_, i) => ({
        timestamp: at(i),
        level: i % 2 === 0 ? 'info' : 'error',
        service: i < 5 ? 'feed' : 'auth',
        message: `entry ${i}`,
        ...NO_CONTEXT,
        fields: { i },
      })),
    );
  const shown = (body: { logs: { message: string }[] }) => body.logs.map(({ message }) => message.slice(6));

  it('is for administrators', async () => {
    await start({ flushIntervalMs: 60_000 });
    expect(await get('', null)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await get('?limit=x', null)).toMatchObject({ status: 401 });
    expect(await get('', 'trader')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await get('', 'admin')).toMatchObject({ status: 200, body: { count: 0 } });
    const bad = await app.inject({ url: '/api/logs', headers: { authorization: 'Bearer a.b.c' } });
    expect(bad.json()).toMatchObject({ status: 401, code: 'invalid_token' });
  });

  it('is not there when nobody can be identified', async () => {
    await start({}, false);
    expect((await app.inject('/api/logs')).statusCode).toBe(404);
  });

  it('returns the newest first, by page', async () => {
    await start({ flushIntervalMs: 60_000 });
    await fill();
    const { body } = await get('?limit=4');
    expect(body).toMatchObject({ count: 4, next_cursor: expect.any(String) });
    expect(body.logs[0]).toEqual({
      timestamp: '2026-08-19T05:57:09.000Z',
      level: 'error',
      service: 'auth',
      message: 'entry 9',
      ...NO_CONTEXT,
      fields: { i: 9 },
    });
    const pages = [shown(body)];
    for (let cursor = body.next_cursor; cursor !== null; ) {
      const next = (await get(`?limit=4&cursor=${cursor}`)).body;
      pages.push(shown(next));
      cursor = next.next_cursor;
    }
    expect(pages).toEqual([
      ['9', '8', '7', '6'],
      ['5', '4', '3', '2'],
      ['1', '0'],
    ]);
  });

  it('filters by level, service and time', async () => {
    await start({ flushIntervalMs: 60_000 });
    await fill();
    const time = (n: number) => new Date(at(n)).toISOString();
    expect(shown((await get('?level=warn&service=feed')).body)).toEqual(['3', '1']);
    expect(shown((await get(`?from=${time(2)}&to=${time(5)}`)).body)).toEqual(['4', '3', '2']);
  });

  it('refuses a query that does not fit', async () => {
    await start({ flushIntervalMs: 60_000 });
    for (const query of [
      '?limit=0',
      '?limit=10001',
      '?cursor=x',
      '?cursor=-1',
      '?from=today',
      '?level=loud',
      '?a=b',
    ]) {
      expect(await get(query), query).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    }
  });
});
