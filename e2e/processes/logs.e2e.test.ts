import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { post } from '../support/platform/accounts.ts';
import { type LogStand, openLogStand, type StoredEntry } from '../support/platform/log-stand.ts';
import { type PlatformProcess, spawnCli } from '../support/platform/platform-process.ts';

const COMMON = [
  '--source',
  'none',
  '--dataset',
  'recorded',
  '--access-log',
  'info',
  '--trace-sample-rate',
  '1',
];

describe.runIf(haveRedisServer())('the log of services as processes', () => {
  let stand: LogStand;
  let gateway: PlatformProcess;
  let logging: PlatformProcess;
  let storage: PlatformProcess;

  beforeAll(async () => {
    stand = await openLogStand(COMMON);
    const operations = await stand.start('operations');
    const ingest = await stand.start('ingest');
    storage = await stand.start('storage');
    logging = await stand.start('logging');
    await stand.start('enricher');
    const services = { auth: stand.auth, operations, ingest, data: storage, logs: logging };
    const urls = Object.entries(services).flatMap(([name, { url }]) => [`--${name}-url`, url]);
    gateway = await stand.start('gateway', ...urls, '--read-rate', '0');
  });
  afterAll(() => stand?.end());

  const ask = (path: string, id: string, body?: object) =>
    fetch(`${gateway.url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${stand.admin.token}`,
        'x-request-id': id,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
  const entries = () => stand.entries(logging);
  const of = (id: string) => stand.entries(logging, `request_id=${id}`);
  /** Runs `deltastream logs` against the gateway. */
  const logs = async (...flags: string[]) => {
    const run = spawnCli(['logs', ...flags, '--server', gateway.url], {
      DELTASTREAM_TOKEN: stand.admin.token,
    });
    return { code: await run.exited(), output: run.output() };
  };

  it('has all lines of one request over three services, and those of a user by event', async () => {
    const { token, user } = stand.admin;
    await post(`${gateway.url}/api/admin/log-levels`, { service: 'enricher', level: 'debug' }, token);
    await expect
      .poll(async () => (await entries()).filter(({ event }) => event === 'log_level_changed').length)
      .toBeGreaterThanOrEqual(1);
    const row = { strike: 24200, call: { bid: 101, ask: 102 }, put: { bid: 88, ask: 89 } };
    const chain = {
      product: 'NIFTY',
      expiry: '2030-12-31',
      timestamp: Date.now(),
      spot_price: 24210.5,
      rows: [row],
    };
    expect((await ask('/api/ingest/chains', 'one-chain', chain)).status).toBe(200);
    await expect
      .poll(async () => new Set((await of('one-chain')).map(({ service }) => service)))
      .toEqual(new Set(['gateway', 'ingest', 'enricher', 'storage']));
    const started = await stand.entries(logging, `event=chain_processing_started&user_id=${user.id}`);
    expect(started).toEqual([
      expect.objectContaining({ service: 'enricher', product: 'NIFTY', request_id: 'one-chain' }),
    ]);
    expect(new Set((await of('one-chain')).map(({ trace_id }) => trace_id)).size).toBe(1);
  });

  it('has the way of a read through gateway, storage and its store, as a tree with durations', async () => {
    expect((await ask('/api/data/chains/NIFTY?expiry=2030-12-31', 'one-read')).status).toBe(200);
    interface Span {
      readonly name: string;
      readonly service: string;
      readonly depth: number;
      readonly start_after_ms: number;
      readonly duration_ms: number;
    }
    const trace = async () => {
      const [first] = await of('one-read');
      if (first === undefined) return [];
      return (await stand.ask<{ spans: Span[] }>(logging, `/traces/${first.trace_id}`)).spans;
    };
    const wayOf = (spans: readonly Span[]) => {
      const way = spans.slice(0, 1);
      for (const span of spans) if (span.depth === way.length) way.push(span);
      return way;
    };
    // The spans of each process come on their own.
    await expect
      .poll(async () => wayOf(await trace()).map(({ service, name }) => `${service}: ${name}`))
      .toEqual([
        'gateway: GET /api/data/chains/:product',
        'gateway: ask storage',
        'storage: GET /api/data/chains/:product',
        expect.stringMatching(/^storage: store \w+$/),
      ]);
    const way = wayOf(await trace());
    for (const [i, span] of way.entries()) {
      expect(span.duration_ms).toBeGreaterThan(0);
      // A child ends before its parent; clocks of processes on one machine agree to a few milliseconds.
      if (i > 0) expect(span.duration_ms).toBeLessThan(way[i - 1].duration_ms + 5);
    }
  });

  it('is searched, followed and counted from the command line', async () => {
    const found = await logs('grep', '--request', 'one-chain', '--event', 'request_completed', '--json');
    expect(found.code).toBe(0);
    const lines = found.output.trim().split('\n');
    const services = lines.map((line) => (JSON.parse(line) as StoredEntry).service);
    expect(new Set(services)).toEqual(new Set(['gateway', 'ingest']));
    const text = await logs('grep', 'being enriched', '--level', 'debug', '--product-symbol', 'NIFTY');
    expect(text.output).toMatch(
      /^\d{4}-.*Z DEBUG enricher +chain_processing_started .*request_id=one-chain/m,
    );
    // No terminal, no colours.
    expect(text.output).not.toContain('\u001b');
    const [{ trace_id }] = await of('one-chain');
    const tree = await logs('trace', String(trace_id));
    expect(tree.output).toMatch(/gateway +.*POST \/api\/ingest\/chains server/);
    expect(tree.output).toMatch(/enricher +.*└ .*market:chains.* under way/);
    const counts = await logs('counts', '--by', 'service', '--request', 'one-chain', '--json');
    const counted = counts.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { service: string });
    expect(new Set(counted.map(({ service }) => service))).toEqual(
      new Set(['gateway', 'ingest', 'enricher', 'storage']),
    );
    const wrong = await logs('grep', '--since', 'yesterday');
    expect([wrong.code, wrong.output]).toEqual([1, expect.stringMatching(/--since: yesterday is neither/)]);
    const missing = await logs('trace', 'f'.repeat(32));
    expect([missing.code, missing.output]).toEqual([
      1,
      expect.stringMatching(/no line of trace f+ is stored/),
    ]);
    const stored = spawnCli([
      ...['logs', 'grep', '--stored', '--data', stand.folderOf('logging')],
      ...['--request', 'one-chain', '--json'],
    ]);
    await stored.exited();
    expect(stored.output()).toContain('"chain_processing_started"');
  });

  it('is followed from the command line until its reader goes', async () => {
    const tail = spawnCli(['logs', 'tail', '--lines', '0', '--service', 'gateway', '--server', gateway.url], {
      DELTASTREAM_TOKEN: stand.admin.token,
    });
    const printed = tail.printed(/request_id=followed/);
    await expect
      .poll(async () => {
        await ask('/api/data/products', 'followed');
        return tail.output();
      })
      .toMatch(/request_id=followed/);
    await printed;
    tail.child.stdout?.destroy();
    await expect
      .poll(async () => {
        await ask('/api/data/products', 'not-read');
        return tail.child.exitCode;
      })
      .toBe(0);
  });

  it('loses no line when the logging service is killed under load, and callers notice nothing', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => `load-${i}`);
    let killed: Promise<unknown> | null = null;
    for (const [i, id] of ids.entries()) {
      if (i === 100) {
        logging.kill('SIGKILL');
        killed = logging.exited();
      }
      expect((await ask('/api/data/products', id)).status).toBe(200);
    }
    await killed;
    logging = await stand.start('logging');
    const kept = async () =>
      (await stand.entries(logging, 'event=request_completed&service=gateway&limit=10000')).flatMap(
        ({ request_id }) => (request_id?.startsWith('load-') ? [request_id] : []),
      );
    await expect.poll(async () => new Set(await kept()).size).toBe(ids.length);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/^deltastream_log_dropped_total\{output="bus"\} 0$/m);
    expect(metrics).toMatch(/^deltastream_log_waiting\{output="bus"\} \d+$/m);
  });

  it('has the number of errors of each product', async () => {
    storage.kill('SIGKILL');
    await storage.exited();
    for (const product of ['NIFTY', 'BTC', 'NIFTY', 'NIFTY', 'BTC']) {
      expect((await ask(`/api/data/underlying/${product}`, `failing-${product}`)).status).toBe(503);
    }
    interface Counts {
      readonly groups: readonly { readonly values: readonly (string | null)[]; readonly count: number }[];
    }
    const counted = async () => {
      const query = 'level=error&event=request_failed&by=product';
      const { groups } = await stand.ask<Counts>(logging, `/counts?${query}`);
      return groups.filter(({ values }) => values[0] !== null);
    };
    await expect.poll(counted).toEqual([
      { values: ['NIFTY'], count: 3 },
      { values: ['BTC'], count: 2 },
    ]);
  });
});
