import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hrtime } from 'node:process';
import { MARKET_TICKS, type UnderlyingTick } from '@deltastream/contracts';
import { Server } from 'socket.io';
import { temporaryFolder } from '../../e2e/support/platform/platform-process.ts';
import { launch } from '../../packages/server/src/launch.ts';
import { readSettings } from '../../packages/server/src/settings/read.ts';
import { median, quantile } from '../measure/statistics.ts';
import { clientSamples } from './samples.ts';

/**
 * From a feed's publish to a Socket.IO client in another process: the complete platform (enricher, store,
 * socket gateway) against a bare Socket.IO server that sends the same payload at the same pace.
 */
const PRODUCTS = Array.from({ length: 100 }, (_, i) => `P${i + 1}`);
const TICKS_PER_SECOND = 10;
const WARM_UP_MS = 3000;
const MEASURE_MS = 10_000;
const ROUNDS = 3;

const platform: Latency[] = [];
const bare: Latency[] = [];
for (let round = 0; round < ROUNDS; round++) {
  platform.push(await throughPlatform());
  bare.push(await throughBareSocket());
}
const of = (rounds: Latency[], key: keyof Latency) => median(rounds.map((round) => round[key]));
const row = (name: string, rounds: Latency[]) =>
  `| ${name} | ${of(rounds, 'count')} | ${(of(rounds, 'p50') / 1000).toFixed(2)} | ${(of(rounds, 'p99') / 1000).toFixed(2)} | ${(of(rounds, 'max') / 1000).toFixed(1)} |`;

process.stdout.write(
  [
    `${PRODUCTS.length} products x ${TICKS_PER_SECOND} ticks/s, one client in all rooms, ${MEASURE_MS / 1000} s a round; ` +
      `medians of ${ROUNDS} interleaved rounds.`,
    '',
    '| path | updates | p50 ms | p99 ms | max ms |',
    '|---|---|---|---|---|',
    row('feed -> enricher -> socket gateway -> client, storing', platform),
    row('bare Socket.IO server -> client', bare),
    '',
    `Ratio to bare Socket.IO: p50 ${(of(platform, 'p50') / of(bare, 'p50')).toFixed(2)}, ` +
      `p99 ${(of(platform, 'p99') / of(bare, 'p99')).toFixed(2)}. Goal: p50 < 2 ms, p99 < 10 ms.`,
    '',
  ].join('\n'),
);

interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

async function throughPlatform(): Promise<Latency> {
  const folder = temporaryFolder();
  const settings = readSettings({ port: 0, data: folder.path, source: 'none' }, {});
  const running = await launch(settings, (text) => process.stderr.write(text));
  const { bus } = running.ports;
  if (!bus) throw new Error('the platform has no bus');
  const seqs = new Map<string, number>();
  const publish = (product: string) => {
    const seq = (seqs.get(product) ?? 0) + 1;
    seqs.set(product, seq);
    return bus.publish(MARKET_TICKS.name, MARKET_TICKS.frames.encode(tick(product, seq, microseconds())));
  };
  // Makes every product known before the client asks for its room.
  for (const product of PRODUCTS) await publish(product);
  await bus.drained();
  const stop = pace((product) => void publish(product));
  const latency = await client(running.urls[0]);
  stop();
  await running.stop();
  folder.remove();
  return latency;
}

async function throughBareSocket(): Promise<Latency> {
  const http = createServer();
  const io = new Server(http, { transports: ['websocket'] });
  io.on('connection', (socket) => {
    socket.on('subscribe', ({ symbol }: { symbol: string }, acknowledge: () => void) => {
      socket.join(symbol);
      acknowledge();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  let seq = 0;
  const stop = pace((product) => {
    seq += 1;
    const { price, timestamp, epoch, source } = tick(product, seq, microseconds());
    const payload = {
      product,
      price,
      change: null,
      change_pct: null,
      timestamp,
      epoch,
      seq,
      source,
      quality: [],
    };
    io.to(product).emit('price_update', payload);
  });
  const latency = await client(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  stop();
  await io.close();
  return latency;
}

/** Calls for each product `TICKS_PER_SECOND` times a second, spread evenly over time. */
function pace(send: (product: string) => void): () => void {
  const gapMs = 1000 / (PRODUCTS.length * TICKS_PER_SECOND);
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - begun) / gapMs);
    for (; sent < due; sent++) send(PRODUCTS[sent % PRODUCTS.length]);
  }, 1);
  return () => clearInterval(timer);
}

function tick(product: string, seq: number, price: number): UnderlyingTick {
  const timestamp = Date.now();
  return {
    product,
    timestamp,
    epoch: 'bench',
    seq,
    source: 'bench',
    currency: 'USD',
    price,
    previous_close: null,
    quality: [],
  };
}

function microseconds(): number {
  return Number(hrtime.bigint() / 1000n);
}

async function client(url: string): Promise<Latency> {
  const samples = await clientSamples(url, {
    products: PRODUCTS,
    warmUpMs: WARM_UP_MS,
    measureMs: MEASURE_MS,
  });
  return {
    count: samples.length,
    p50: quantile(samples, 0.5),
    p99: quantile(samples, 0.99),
    max: Math.max(...samples),
  };
}
