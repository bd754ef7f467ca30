import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process, { stdout } from 'node:process';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { EnrichedChain } from '@deltastream/contracts';
import { openRecording } from '../../packages/recordings/src/index.ts';
import { recording } from '../../packages/recordings/src/testing/recordings.fixture.ts';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../packages/server/src/kit/http/http.ts';
import { silentLogger } from '../../packages/server/src/kit/logging/log.ts';
import type { MarketStore } from '../../packages/server/src/ports/stores/market/market-store.ts';
import { createAnalytics } from '../../packages/server/src/services/analytics/service.ts';
import { fitSlices } from '../../packages/server/src/services/analytics/volatility/fitting/fit-slices.ts';
import { smileQuotes } from '../../packages/server/src/services/analytics/volatility/fitting/smile-quotes.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { collectGarbage } from '../../packages/server/src/services/socket-gateway/fan-out/fan-out.fixture.ts';
import { quantile } from '../measure/statistics.ts';
import { createMarket } from '../store/market.ts';

/**
 * Surfaces of an index of 6 expiries of 100 strikes from a store of 90 sessions of one-minute snapshots, asked for
 * through the routes: as of instants of which no surface is in the cache, so that chains are read and fitted, and the newest
 * one from the cache. Beside them the same fits on the thread that answers, for what they would keep it for.
 * `--days 5` makes a smaller store.
 */
const { values } = parseArgs({ options: { days: { type: 'string', default: '90' } } });
const DAYS = Number(values.days);
const MINUTES = 375;
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const FIRST = Date.UTC(2026, 4, 4, 3, 45);
/** The market's expiries follow its start; these are to be there for all days. */
const LATER_MS = 180 * DAY_MS;
const ASKED = 300;
const CACHED = 2_000;
/** The compiler's work on the first ones would be the 99th percentile of 2,000. */
const WARM_UP = 100;

const market = createMarket(
  { products: 1, expiries: 6, strikes: 100, variants: 12, seed: 7 },
  FIRST,
  MINUTE_MS,
);
const minuteAt = (day: number, minute: number) => FIRST + day * DAY_MS + minute * MINUTE_MS;

function chainsAt(day: number, minute: number): EnrichedChain[] {
  return market.at(minute).map((chain, i) => {
    const expiry_at = chain.expiry_at + LATER_MS;
    const expiry = new Date(expiry_at).toISOString().slice(0, 10);
    return { ...chain, expiry, expiry_at, timestamp: minuteAt(day, minute), seq: chain.seq + i };
  });
}

async function fill(store: MarketStore): Promise<void> {
  for (let day = 0; day < DAYS; day++) {
    const puts: Promise<void>[] = [];
    for (let minute = 0; minute < MINUTES; minute += 25) {
      const chains = Array.from({ length: 25 }, (_, i) => chainsAt(day, minute + i)).flat();
      puts.push(store.putSnapshots(chains));
    }
    await Promise.all(puts);
  }
}

interface Measured {
  readonly took: number[];
  /** Processor time of the thread that answers, ms. */
  readonly own: number[];
  readonly delays: { readonly p99: number; readonly max: number };
}

/** Milliseconds of each call, and how long the event loop was kept from its turn meanwhile. */
async function measured(count: number, call: (i: number) => Promise<void>): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const took: number[] = [];
  const own: number[] = [];
  for (let i = 0; i < WARM_UP; i++) await call(-1);
  // Marking what an earlier part left would be the tail of this one.
  collectGarbage();
  delay.enable();
  for (let i = 0; i < count; i++) {
    const [begun, used] = [performance.now(), process.threadCpuUsage()];
    await call(i);
    took.push(performance.now() - begun);
    const { user, system } = process.threadCpuUsage(used);
    own.push((user + system) / 1000);
    // A timer's turn, which only waits as long as the loop was kept.
    await new Promise((resolve) => setImmediate(resolve));
  }
  delay.disable();
  // The histogram counts from one sample to the next, of which 1 ms is its own resolution.
  const ms = (ns: number) => Math.max(0, ns / 1e6 - 1);
  return { took, own, delays: { p99: ms(delay.percentile(99)), max: ms(delay.max) } };
}

const row = (name: string, { took, own, delays }: Measured) =>
  `| ${name} | ${[took, own].map((each) => [0.5, 0.99].map((share) => quantile(each, share).toFixed(2)).join(' / ')).join(' | ')} | ` +
  `${delays.p99.toFixed(1)} / ${delays.max.toFixed(1)} |`;

/** The expiries of SPXW as a recording has them, ascending; none where it is absent. */
async function recordedSmiles() {
  const { path, absent } = recording('us/cboe_spx_quotedata_2022-06-11.csv.gz');
  const chains: EnrichedChain[] = [];
  const enrich = createChainEnricher({ rate: 0 });
  if (absent) return [];
  for await (const item of await openRecording(path)) {
    if (item.kind === 'chain' && item.chain.product === 'SPXW') chains.push(enrich(item.chain));
  }
  return chains.sort((a, b) => a.expiry_at - b.expiry_at).map(smileQuotes);
}

const folder = mkdtempSync(join(tmpdir(), 'bench-surface-'));
const store = await createSqliteMarketStore({ folder });
const service = createAnalytics({ store, logger: silentLogger });
const app = createHttpApp({ logger: silentLogger });
try {
  await fill(store);
  if (service.routes) await app.register(service.routes);
  await service.start();
  /** As a stream: joining the body and decoding it to text is no work of the service. */
  const get = async (path: string) => {
    const answer = await app.inject({ url: `/api/analytics/${path}`, payloadAsStream: true });
    const body = answer.stream();
    body.resume();
    await finished(body);
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
  };
  /** Instants far from each other, each once. */
  const instant = (i: number) => {
    const snapshot = ((i + 1) * 7919) % (DAYS * MINUTES);
    return new Date(minuteAt(Math.floor(snapshot / MINUTES), snapshot % MINUTES)).toISOString();
  };
  for (let i = 0; i < 20; i++) await get(`surface/P0?at=${instant(ASKED + i)}`);
  const fitted = await measured(ASKED, (i) => get(`surface/P0?at=${instant(i)}`));
  const cached = await measured(CACHED, () => get('surface/P0'));
  const parameters = await measured(CACHED, () => get('surface-fit/P0'));
  const smile = await measured(CACHED, () => get('smile/P0'));
  const skew = await measured(ASKED, () => get('skew/P0?limit=500'));
  const smiles = chainsAt(0, 0).map(smileQuotes);
  const inline = await measured(ASKED, async () => void fitSlices(smiles));
  const spx = await recordedSmiles();
  const recorded = await measured(30, async () => void fitSlices(spx));
  const { snapshots } = await store.counts();
  stdout.write(
    [
      `${snapshots.toLocaleString('en')} snapshots of 200 contracts; a surface of 6 expiries. Times of the answer, ` +
        'and delays of the event loop that answers, beyond 1 ms.',
      '',
      '| asked for | p50 / p99 ms | processor time of the thread that answers | event-loop delay p99 / most ms |',
      '|---|---:|---:|---:|',
      row('`surface`, read and fitted', fitted),
      row('`surface`, cached', cached),
      row('`surface-fit`, cached', parameters),
      row('`smile`, the surface cached', smile),
      row('`skew` with 500 points of history', skew),
      row('the fits alone, made on the event loop, for comparison', inline),
      ...(spx.length === 0 ? [] : [row(`the same of SPXW as recorded, ${spx.length} expiries`, recorded)]),
      '',
    ].join('\n'),
  );
} finally {
  await app.close();
  await service.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
