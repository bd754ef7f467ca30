import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../kit/logging/log.ts';
import { systemClock } from '../../../ports/clock.ts';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { type Behaviour, createFakeTarget, type FakeTarget, freeAddress } from './fake-target.fixture.ts';
import { LOG_SHIPPING, type ShipSettings } from './ship-settings.ts';
import { createShipper, type Shipper } from './shipper.ts';

let folder: string;
let registry: Registry;
let said: Record<string, unknown>[];
const shippers: Shipper[] = [];
const servers: FakeTarget[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ship-'));
  said = [];
});
afterEach(async () => {
  await Promise.all(shippers.splice(0).map((shipper) => shipper.stop(0)));
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(folder, { recursive: true });
});

async function serve(behaviour: Behaviour) {
  const server = await createFakeTarget(behaviour);
  servers.push(server);
  return server;
}

/** Quick tries; ages and timeouts far beyond a test unless it is about them. */
async function start(targets: string[], config: Partial<ShipSettings> = {}) {
  registry = new Registry();
  const shipper = createShipper({
    ...{ registry, folder, clock: systemClock },
    logger: createLogger('trace', { write: (line) => said.push(JSON.parse(line)) }),
    settings: {
      ...LOG_SHIPPING.defaults,
      ...{ shipLogsTo: targets, batchAgeMs: 10, retryFirstMs: 5, retryMaxMs: 20, requestTimeoutMs: 60_000 },
      ...config,
    },
  });
  if (shipper === null) throw new Error('no target');
  await shipper.start();
  shippers.push(shipper);
  return shipper;
}

const entry = (n: number): LogEntry => ({
  ...{ timestamp: 1_795_680_000_000 + n, level: 'info', service: 'feed', message: `line ${n}` },
  ...NO_CONTEXT,
  fields: { n },
});
const entries = (from: number, count: number) => Array.from({ length: count }, (_, i) => entry(from + i));
const messages = (from: number, count: number) => entries(from, count).map(({ message }) => message);

async function total(name: string, labels: Record<string, string> = {}): Promise<number> {
  const { values } = await registry.getSingleMetric(`deltastream_logging_ship_${name}`)!.get();
  return values
    .filter((each) => Object.entries(labels).every(([label, value]) => each.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

interface ProtocolCase {
  readonly name: string;
  readonly good: Behaviour;
  /** Lines of a request, in order. */
  readonly linesOf: (body: string) => string[];
}

const bulkLines = (body: string) =>
  body
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));

const CASES: ProtocolCase[] = [
  {
    name: 'loki',
    good: () => ({ status: 204 }),
    linesOf: (body) =>
      JSON.parse(body).streams.flatMap(({ values }: { values: string[][] }) =>
        values.map(([, text]) => text),
      ),
  },
  {
    name: 'elastic',
    good: ({ body }) => {
      const items = bulkLines(body).flatMap((each) =>
        'create' in each ? [{ create: { status: 201 } }] : [],
      );
      return { status: 200, body: JSON.stringify({ errors: false, items }) };
    },
    linesOf: (body) => bulkLines(body).flatMap(({ message }) => (message === undefined ? [] : [message])),
  },
  {
    name: 'otlp',
    good: () => ({ status: 200, body: '{}' }),
    linesOf: (body) =>
      JSON.parse(body).resourceLogs[0].scopeLogs[0].logRecords.map(
        ({ body: { stringValue } }: { body: { stringValue: string } }) => stringValue,
      ),
  },
];

describe.each(CASES)('$name', ({ name, good, linesOf }) => {
  const taken = (server: FakeTarget) => server.requests.flatMap(({ body }) => linesOf(body));
  const to = (server: FakeTarget) => [`${name}+${server.url}`];

  it('ships each line once, in order, compressed, in batches by count', async () => {
    const server = await serve(good);
    const shipper = await start(to(server), { batchEntries: 100 });
    await shipper.ship(entries(0, 250));
    await expect.poll(() => taken(server)).toEqual(messages(0, 250));
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0].headers['content-encoding']).toBe('gzip');
    await expect.poll(() => total('shipped_total', { target: name })).toBe(250);
    await expect.poll(() => total('waiting')).toBe(0);
    expect(await total('spool_bytes')).toBe(0);
  });

  it('sends credentials, and says them nowhere', async () => {
    const server = await serve(() => ({ status: 503 }));
    const shipper = await start(to(server), {
      shipLogsCredentials: `${name}=ApiKey canary-1\n${name}=X-Key: canary-2`,
    });
    await shipper.ship([entry(0)]);
    await expect.poll(() => server.requests.length).toBeGreaterThan(1);
    expect(server.requests[0].headers).toMatchObject({
      authorization: 'ApiKey canary-1',
      'x-key': 'canary-2',
    });
    expect(JSON.stringify([said, shipper.vitals()])).not.toContain('canary');
  });

  it.each<[string, Behaviour, string]>([
    ['429', () => ({ status: 429 }), 'status_429'],
    ['503', () => ({ status: 503 }), 'status_503'],
    ['a connection that is cut', () => 'cut', 'connection'],
  ])(
    'sends again after %s until it is taken, and says once that it fails and works',
    async (_what, bad, reason) => {
      const server = await serve(bad);
      const shipper = await start(to(server));
      await shipper.ship(entries(0, 3));
      await expect.poll(() => total('retried_total', { target: name, reason })).toBeGreaterThan(6);
      expect(shipper.vitals()[0]).toMatchObject({ target: name, waiting_entries: 3, failing: { reason } });
      server.behave(good);
      await expect.poll(() => total('shipped_total')).toBe(3);
      expect(linesOf(server.requests.at(-1)?.body ?? '')).toEqual(messages(0, 3));
      expect(shipper.vitals()[0]).toMatchObject({ waiting_entries: 0, dropped: 0, failing: null });
      expect(said.map(({ event }) => event)).toEqual(['log_target_failing', 'log_target_recovered']);
    },
  );

  it('gives up a target that hangs after its time, and tries again', async () => {
    const server = await serve(() => 'hang');
    const shipper = await start(to(server), { requestTimeoutMs: 50 });
    await shipper.ship([entry(0)]);
    await expect.poll(() => total('retried_total', { reason: 'timeout' })).toBeGreaterThan(1);
    server.behave(good);
    await expect.poll(() => total('shipped_total')).toBe(1);
  });

  it('waits as long as the target asks', async () => {
    let asked = 0;
    const server = await serve((...given) => {
      asked += 1;
      return asked === 1 ? { status: 429, headers: { 'retry-after': '1' } } : good(...given);
    });
    const shipper = await start(to(server));
    await shipper.ship([entry(0)]);
    await expect.poll(() => total('shipped_total')).toBe(1);
    expect(server.requests[1].at - server.requests[0].at).toBeGreaterThanOrEqual(990);
  });

  it('does not send again what is refused with 400, and goes on', async () => {
    const server = await serve(() => ({ status: 400, body: 'no' }));
    const shipper = await start(to(server));
    await shipper.ship(entries(0, 5));
    await expect.poll(() => total('dropped_total', { target: name, reason: 'status_400' })).toBe(5);
    server.behave(good);
    await shipper.ship(entries(5, 2));
    await expect.poll(() => total('shipped_total')).toBe(2);
    expect(taken(server)).toEqual([...messages(0, 5), ...messages(5, 2)]);
    expect(shipper.vitals()[0].dropped).toBe(5);
    expect(said.map(({ event, entries: count }) => [event, count])).toEqual([['log_entries_not_shipped', 5]]);
  });

  it('halves what is too large for the target, down to the one line that is', async () => {
    const server = await serve((request, response) => {
      const lines = linesOf(request.body);
      return lines.length > 2 || lines.includes('line 3') ? { status: 413 } : good(request, response);
    });
    const shipper = await start(to(server));
    await shipper.ship(entries(0, 8));
    await expect.poll(() => total('shipped_total')).toBe(7);
    expect(await total('dropped_total', { reason: 'too_large' })).toBe(1);
  });

  it('drops the oldest beyond its bound and counts them to the line, over a restart', async () => {
    const server = await serve(() => ({ status: 503 }));
    const first = await start(to(server), { spoolBytes: 40_000 });
    for (let n = 0; n < 2_000; n += 50) await first.ship(entries(n, 50));
    const [{ waiting_entries: waiting, dropped, waiting_bytes: bytes }] = first.vitals();
    expect(bytes).toBeLessThanOrEqual(40_000);
    expect(dropped).toBeGreaterThan(1_000);
    expect(waiting + dropped).toBe(2_000);
    await shippers.pop()?.stop(0);
    server.behave(good);
    server.requests.length = 0;
    const second = await start(to(server), { spoolBytes: 40_000 });
    await expect.poll(() => total('shipped_total')).toBe(waiting);
    expect(second.vitals()[0].dropped).toBe(dropped);
    const arrived = taken(server);
    expect(arrived).toHaveLength(waiting);
    expect(new Set(arrived).size).toBe(waiting);
    expect(arrived.at(-1)).toBe('line 1999');
  });
});

it('sends only those items of a bulk again that may be', async () => {
  let asked = 0;
  const server = await serve(({ body }) => {
    asked += 1;
    const statuses = asked === 1 ? [201, 429, 400, 503] : [201, 201];
    const items = statuses.map((status) => ({ create: { status } }));
    expect(bulkLines(body)).toHaveLength(2 * items.length);
    return { status: 200, body: JSON.stringify({ errors: asked === 1, items }) };
  });
  const shipper = await start([`elastic+${server.url}`]);
  await shipper.ship(entries(0, 4));
  await expect.poll(() => total('shipped_total')).toBe(3);
  const ids = (body: string) => bulkLines(body).flatMap(({ create }) => (create ? [create._id] : []));
  const [all, again] = server.requests.map(({ body }) => ids(body));
  expect(again).toEqual([all[1], all[3]]);
  expect(await total('dropped_total', { reason: 'item_400' })).toBe(1);
});

it('lets no target wait for another', async () => {
  const [hangs, fails, works] = [
    await serve(() => 'hang'),
    await serve(() => ({ status: 500 })),
    await serve(() => ({ status: 204 })),
  ];
  const gone = await freeAddress();
  const shipper = await start([
    `a=loki+${hangs.url}`,
    `b=loki+${fails.url}`,
    `c=loki+${works.url}`,
    `d=loki+${gone}`,
  ]);
  for (let n = 0; n < 10; n++) await shipper.ship(entries(10 * n, 10));
  await expect.poll(() => total('shipped_total', { target: 'c' })).toBe(100);
  await expect.poll(() => total('retried_total', { target: 'd', reason: 'connection' })).toBeGreaterThan(0);
  expect(shipper.vitals().map(({ waiting_entries }) => waiting_entries)).toEqual([100, 100, 0, 100]);
});

it('is stopped while a target hangs, and sends the rest after the next start', async () => {
  const server = await serve(() => 'hang');
  const shipper = await start([`loki+${server.url}`]);
  await shipper.ship(entries(0, 5));
  await expect.poll(() => server.requests.length).toBe(1);
  await shipper.stop(10);
  await shipper.ship(entries(5, 1));
  expect(shipper.vitals()[0]).toMatchObject({ waiting_entries: 5, dropped: 1 });
  server.behave(() => ({ status: 204 }));
  await start([`loki+${server.url}`]);
  await expect.poll(() => total('shipped_total')).toBe(5);
  await expect.poll(async () => (await readdir(join(folder, 'loki'))).length).toBeLessThanOrEqual(2);
});

it.each([
  [['loki+http://a', 'loki+http://b'], undefined, 'has two targets named loki'],
  [['loki+http://a?index=x'], undefined, 'target loki has no option "index"; it has tenant'],
  [
    ['loki+http://a'],
    'elastic=ApiKey canary',
    'is for a target "elastic" that is none of --ship-logs-to: loki',
  ],
  [['loki+http://canary:canary@a'], undefined, 'target 1 has credentials in its address'],
  [['loki+http://a'], 'canary', 'item 1 is not NAME=VALUE'],
  [['loki+http://a'], 'loki="canary, canary', 'item 1 has a value that begins with a quote'],
  [['loki+http://a'], 'loki="canary" canary', 'item 1 has a value that begins with a quote'],
])('refuses %j with credentials %j', async (shipLogsTo, shipLogsCredentials, message) => {
  const starting = start(shipLogsTo, { shipLogsCredentials });
  await expect(starting).rejects.toThrow(message);
  await expect(starting).rejects.not.toThrow('canary');
});
