import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnrichedChain } from '@deltastream/contracts';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { createChainBlobCodec } from '../../packages/server/src/codec/chain-blob.ts';
import { median } from '../measure/statistics.ts';
import { createMarket } from './market.ts';

export const SNAPSHOTS = 10_000;
export const BATCH = 50;
export const QUOTES = 200;
/** Puts under way at a time, flat out. */
const OUTSTANDING = 8;

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

const CANDIDATES = {
  'raw limit: encode, append, fdatasync': rawLimit,
  [`store, ${OUTSTANDING} puts at a time`]: (folder: string) => throughStore(folder, OUTSTANDING),
  'store, one put at a time': (folder: string) => throughStore(folder, 1),
  [`store, ${OUTSTANDING} puts at a time, while a day is sealed`]: (folder: string) =>
    throughStore(folder, OUTSTANDING, true),
};

export interface IngestFigures {
  readonly name: string;
  readonly perSecond: number;
  readonly waits: readonly number[];
  readonly bytesPerQuote: number;
}

/**
 * Ingest of 500 chains of 200 quotes (100 strikes, every column), in batches of 50, against the least that
 * any store has to do, which comes first: encode the same chains, append the bytes to a file, fdatasync, batch by batch.
 * Medians of alternating rounds.
 */
export async function measureIngest(count: number): Promise<IngestFigures[]> {
  const rounds = new Map<string, Round[]>(Object.keys(CANDIDATES).map((name) => [name, []]));
  for (let round = -1; round < count; round++) {
    for (const [name, candidate] of Object.entries(CANDIDATES)) {
      const result = await inFolder(candidate);
      if (round >= 0) rounds.get(name)?.push(result);
    }
  }
  return [...rounds].map(([name, all]) => ({
    name,
    perSecond: median(all.map((round) => round.perSecond)),
    waits: all.flatMap((round) => round.waits),
    bytesPerQuote: median(all.map((round) => round.bytes)) / SNAPSHOTS / QUOTES,
  }));
}
