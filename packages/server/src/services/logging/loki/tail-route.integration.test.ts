import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
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
const sockets: WebSocket[] = [];

beforeEach(async () => {
  alone = null;
  folder = await mkdtemp(join(tmpdir(), 'loki-tail-'));
  store = await createFileLogStore({ folder: join(folder, 'logs') });
  logger = createLogger('trace', { write: (line) => logging.logSink.write(line) });
  logging = createLogging(
    { logs: store, clock: systemClock, logger, verifier },
    { flushIntervalMs: 10, tailHeartbeatMs: 400, tailPeers: 2 },
  );
  await logging.start();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
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
const QUERY = encodeURIComponent('{service_name="feed"} |= "silent"');

async function tail(query = `query=${QUERY}`, role = 'admin') {
  const url = `${gateway.url().replace('http', 'ws')}/api/logs/loki/api/v1/tail?${query}`;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${await tokenOf(role)}` } });
  sockets.push(socket);
  const lines: string[] = [];
  socket.on('message', (data) => {
    const { streams } = JSON.parse(String(data)) as { streams: { values: string[][] }[] };
    lines.push(...streams.flatMap(({ values }) => values.map(([, text]) => text)));
  });
  socket.on('error', () => undefined);
  const state = { status: 0, closed: 0, pings: 0 };
  socket.on('ping', () => {
    state.pings += 1;
  });
  const answered = Promise.race([
    once(socket, 'open').then(() => {
      state.status = 101;
    }),
    once(socket, 'unexpected-response').then(([, response]) => {
      state.status = response.statusCode;
    }),
  ]);
  socket.on('close', (code) => {
    state.closed = code;
  });
  await answered;
  return { socket, lines, state };
}

it.each(shapes)('sends the lines before, then those that are stored (%s)', async (_name, start) => {
  await start();
  const feed = serviceLogger(logger, 'feed');
  feed.event('feed_started', {}, 'silent 1');
  feed.event('feed_started', {}, 'loud');
  await expect.poll(async () => (await store.query({ service: 'feed', limit: 9 })).length).toBe(2);
  const { lines, state } = await tail();
  expect(state.status).toBe(101);
  await expect.poll(() => lines).toEqual(['silent 1']);
  feed.event('feed_started', {}, 'silent 2');
  await expect.poll(() => lines).toEqual(['silent 1', 'silent 2']);
  // So many come to no reader that answers none.
  await expect.poll(() => state.pings).toBeGreaterThan(3);
  feed.event('feed_started', {}, 'silent 3');
  await expect.poll(() => lines).toEqual(['silent 1', 'silent 2', 'silent 3']);
  expect(state.closed).toBe(0);
});

it.each(shapes)('is for administrators, and for so many readers (%s)', async (_name, start) => {
  await start();
  expect((await tail(undefined, 'trader')).state.status).toBe(403);
  expect((await tail('query=%7B')).state.status).toBe(400);
  expect((await tail('query=sum')).state.status).toBe(400);
  expect((await tail(`query=${QUERY}&delay_for=9`)).state.status).toBe(400);
  const [one, two] = [await tail(), await tail()];
  expect([one.state.status, two.state.status]).toEqual([101, 101]);
  expect((await tail()).state.status).toBe(429);
  one.socket.close();
  await expect.poll(async () => (await tail()).state.status).toBe(101);
});

it.each(shapes)('says in HTTP that it is a WebSocket (%s)', async (_name, start) => {
  await start();
  const headers = { authorization: `Bearer ${await tokenOf('admin')}` };
  const response = await fetch(`${gateway.url()}/api/logs/loki/api/v1/tail?query=${QUERY}`, { headers });
  expect(response.status).toBe(400);
  expect((await response.json()).detail).toContain('WebSocket');
  const unknown = await fetch(`${gateway.url()}/api/logs/loki/api/v1/tail?query=${QUERY}`);
  expect(unknown.status).toBe(401);
});

it.each(shapes)(
  'is cut when the gateway stops, as Grafana needs it to come back (%s)',
  async (_name, start) => {
    await start();
    const { state } = await tail();
    const begun = performance.now();
    await gateway.stop();
    await expect.poll(() => state.closed).toBe(1006);
    expect(performance.now() - begun).toBeLessThan(3_000);
  },
);

it('is cut when the logging service stops', async () => {
  await SHAPES.apart();
  const { state } = await tail();
  await logging.stop();
  await expect.poll(() => state.closed).toBe(1006);
});
