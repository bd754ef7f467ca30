import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, stdout } from 'node:process';
import type { EnrichedChain } from '@deltastream/contracts';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { createChainBlobCodec } from '../../packages/server/src/codec/chain-blob.ts';
import { median, quantile } from '../measure/statistics.ts';
import { createMarket } from './market.ts';

/**
 * Ingest of 500 chains of 200 quotes (100 strikes, every column), in batches of 50, against the least that
 * any store has to do: encode the same chains, append the bytes to a file, fdatasync, batch by batch.
 * Rounds of both alternate. A second process measures a steady 500 snapshots a second, a third sealed days.
 */
const ROUNDS = 5;
const SNAPSHOTS = 10_000;
const BATCH = 50;
/** Puts under way at a time, flat out. */
const OUTSTANDING = 8;
const QUOTES = 200;

interface Round {
  readonly perSecond: number;
  readonly waits: readonly number[];
  readonly bytes: number;
}

const market = createMarket(
  { products: 100, expiries: 5, strikes: QUOTES / 2, variants: 2, seed: 1 },
  Date.UTC(2026, 7, 19, 3, 45),
  5000,
);

function* batches(): Generator<EnrichedChain[]> {
  let taken = 0;
  for (let round = 0; taken < SNAPSHOTS; round++) {
    const chains = market.at(round);
    for (let i = 0; i < chains.length && taken < SNAPSHOTS; i += BATCH, taken += BATCH) {
      yield chains.slice(i, i + BATCH);
    }
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rawLimit(folder: string): Promise<Round> {
  const codec = createChainBlobCodec();
  const file = openSync(join(folder, 'raw'), 'w');
  const waits: number[] = [];
  let bytes = 0;
  const begun = performance.now();
  for (const batch of batches()) {
    const blob = Buffer.concat(batch.map((chain) => codec.encode(chain)));
    const written = performance.now();
    writeSync(file, blob);
    fdatasyncSync(file);
    waits.push(performance.now() - written);
    bytes += blob.length;
  }
  const seconds = (performance.now() - begun) / 1000;
  closeSync(file);
  return { perSecond: SNAPSHOTS / seconds, waits, bytes };
}

/** The days before, which are sealed meanwhile: more than is sealed in a round. */
const EARLIER = 6000;

async function throughStore(folder: string, outstanding: number, sealing = false): Promise<Round> {
  const store = await createSqliteMarketStore({ folder });
  if (sealing) {
    for (let at = 0; at < EARLIER; at += 500) {
      const earlier = (chain: EnrichedChain) => ({ ...chain, timestamp: chain.timestamp - 86_400_000 });
      await store.putSnapshots(market.at(at / 500).map(earlier));
    }
    store.sealAll().catch(() => undefined);
  }
  const waits: number[] = [];
  const source = batches();
  const begun = performance.now();
  const putter = async () => {
    for (const batch of source) {
      const put = performance.now();
      await store.putSnapshots(batch);
      waits.push(performance.now() - put);
    }
  };
  await Promise.all(Array.from({ length: outstanding }, putter));
  const seconds = (performance.now() - begun) / 1000;
  await store.close();
  const again = await createSqliteMarketStore({ folder });
  const { bytes, snapshots } = await again.counts();
  await again.close();
  return { perSecond: SNAPSHOTS / seconds, waits, bytes: (bytes / snapshots) * SNAPSHOTS };
}

const candidates: Record<string, (folder: string) => Promise<Round>> = {
  'raw limit: encode, append, fdatasync': rawLimit,
  [`store, ${OUTSTANDING} puts at a time`]: (folder) => throughStore(folder, OUTSTANDING),
  'store, one put at a time': (folder) => throughStore(folder, 1),
  [`store, ${OUTSTANDING} puts at a time, while a day is sealed`]: (folder) =>
    throughStore(folder, OUTSTANDING, true),
};
const rounds = new Map<string, Round[]>(Object.keys(candidates).map((name) => [name, []]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, candidate] of Object.entries(candidates)) {
    const result = await inFolder(candidate);
    if (round >= 0) rounds.get(name)?.push(result);
  }
}

const figure = (value: number, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
const rows = [...rounds].map(([name, all]) => {
  const perSecond = median(all.map((round) => round.perSecond));
  const waits = all.flatMap((round) => round.waits);
  const bytes = median(all.map((round) => round.bytes)) / SNAPSHOTS / QUOTES;
  return { name, perSecond, waits, bytes };
});
const [raw] = rows;
stdout.write(
  [
    `Medians of ${ROUNDS} alternating rounds of ${figure(SNAPSHOTS)} snapshots of ${QUOTES} quotes in batches of ${BATCH}, synchronous FULL; file system ${fileSystem()}.`,
    '',
    '| | snapshots/s | quotes/s | of raw | put p50 / p99 ms | bytes per quote |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows.map(({ name, perSecond, waits, bytes }) =>
      [
        '',
        name,
        figure(perSecond),
        `${figure((perSecond * QUOTES) / 1e6, 2)}M`,
        `${figure((100 * perSecond) / raw.perSecond)}%`,
        `${figure(quantile(waits, 0.5), 1)} / ${figure(quantile(waits, 0.99), 1)}`,
        figure(bytes, 1),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
    '',
    '',
  ].join('\n'),
);

for (const { pathname } of [
  new URL('./paced.ts', import.meta.url),
  new URL('./sealed.ts', import.meta.url),
]) {
  const run = spawnSync(execPath, [pathname], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (run.status !== 0) throw new Error(`${pathname} failed with exit code ${run.status}`);
  stdout.write(`${run.stdout}\n`);
}

/** The file system of the temporary folder, by its number, for a memory file system syncs for free. */
function fileSystem(): string {
  return `0x${statfsSync(tmpdir()).type.toString(16)}`;
}
