import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import { type StandaloneServer, serveAlone } from '../../../kit/lifecycle/standalone.ts';
import { createLogger, type Logger, serviceLogger, silentLogger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { LogStore } from '../../../ports/stores/logs/log-store.ts';
import { startGateway } from '../../gateway/gateway.fixture.ts';
import type { Gateway } from '../../gateway/service.ts';
import { createLogging, type LoggingService } from '../service.ts';

const { verifier, tokenOf } = await createTokens();

let folder: string;
let store: LogStore;
let logger: Logger;
let logging: LoggingService;
let alone: StandaloneServer | null;
let gateway: Gateway;

beforeEach(async () => {
  alone = null;
  folder = await mkdtemp(join(tmpdir(), 'log-tail-'));
  store = await createFileLogStore({ folder: join(folder, 'logs') });
  logger = createLogger('trace', { write: (line) => logging.logSink.write(line) });
  logging = createLogging(
    { logs: store, clock: systemClock, logger, verifier },
    { flushIntervalMs: 10, tailHeartbeatMs: 50, tailPeers: 2 },
  );
  await logging.start();
});
afterEach(async () => {
  await gateway.stop();
  await alone?.stop();
  await logging.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

const SHAPES = {
  async embedded() {
    gateway = await startGateway({ local: [logging], verifier, config: { closeGraceMs: 10 } });
  },
  async apart() {
    alone = await serveAlone(logging, {
      ...{ host: '127.0.0.1', port: 0, logger: silentLogger, verifier, tokensRequired: true },
      closeGraceMs: 10,
    });
    gateway = await startGateway({
      verifier,
      config: { closeGraceMs: 10, upstreamUrls: { logging: alone.url } },
    });
  },
};
const shapes = Object.entries(SHAPES);

async function follow(query = '', role = 'admin') {
  const gone = new AbortController();
  const response = await fetch(`${gateway.url()}/api/logs/tail${query}`, {
    headers: { authorization: `Bearer ${await tokenOf(role)}` },
    signal: gone.signal,
  });
  const state = { text: '', ended: false };
  const read = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      state.text += Buffer.from(chunk).toString();
    state.ended = true;
  })().catch(() => {});
  return { response, state, read, leave: () => gone.abort() };
}

it.each(shapes)('follows what is stored, by the filters of a search (%s)', async (_name, start) => {
  await start();
  const { response, state, leave, read } = await follow('?service=feed&level=warn&text=SILENT');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  await expect.poll(() => state.text).toMatch(/^event: ready\n/);
  const feed = serviceLogger(logger, 'feed');
  feed.event('feed_started', {}, 'venue silent at info');
  const headers = {
    authorization: `Bearer ${await tokenOf('admin')}`,
    'content-type': 'application/x-ndjson',
  };
  const body = ['venue silent', 'venue loud']
    .map((message) => JSON.stringify({ level: 'warn', service: 'feed', message, status: 503 }))
    .join('\n');
  const sent = await fetch(`${gateway.url()}/api/logs`, { method: 'POST', headers, body });
  expect(await sent.json()).toMatchObject({ accepted: 2 });
  await expect.poll(() => state.text).toContain('"message":"venue silent"');
  await expect.poll(() => state.text).toContain(': heartbeat\n\n');
  const lines = state.text.split('\n').filter((line) => line.startsWith('data: {"timestamp"'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0].slice(6))).toMatchObject({ level: 'warn', fields: { status: 503 } });
  leave();
  await read;
});

it.each(shapes)(
  'is for administrators, for so many readers, and frees a place at once (%s)',
  async (_n, start) => {
    await start();
    expect((await follow('', 'trader')).response.status).toBe(403);
    expect((await follow('?level=loud')).response.status).toBe(400);
    const one = await follow();
    const two = await follow();
    const three = await follow();
    expect(three.response.status).toBe(429);
    await three.read;
    expect(JSON.parse(three.state.text)).toMatchObject({
      code: 'too_many_connections',
      detail: expect.stringContaining('--logging-tail-peers'),
    });
    one.leave();
    await expect
      .poll(async () => {
        const again = await follow();
        again.leave();
        return again.response.status;
      })
      .toBe(200);
    two.leave();
  },
);

it.each(shapes)('ends when the gateway stops, without being cut (%s)', async (_name, start) => {
  await start();
  const { state, read } = await follow();
  await expect.poll(() => state.text).toContain('event: ready');
  const begun = performance.now();
  await gateway.stop();
  await read;
  expect(state.ended).toBe(true);
  // A server waits 5 s before it cuts what is open.
  expect(performance.now() - begun).toBeLessThan(3_000);
});

it('ends, and says so, when the logging service behind a gateway stops', async () => {
  await SHAPES.apart();
  const { state, read } = await follow();
  await expect.poll(() => state.text).toContain('event: ready');
  await alone?.stop();
  alone = null;
  await read;
  expect(state.ended).toBe(true);
  expect(state.text).toContain('event: end\ndata: {"reason":"stopping"}\n\n');
});
