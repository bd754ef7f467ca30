import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process, { exit, stdout } from 'node:process';
import { createMongoMarketStore } from '../../../packages/server/src/adapters/mongo/market-store/market-store-mongo.ts';
import { createPostgresMarketStore } from '../../../packages/server/src/adapters/postgres/market-store/market-store-postgres.ts';
import { createSqliteMarketStore } from '../../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { createChainBlobCodec } from '../../../packages/server/src/codec/chain-blob.ts';
import type { MarketStore, Snapshot } from '../../../packages/server/src/ports/stores/market/market-store.ts';
import {
  haveOwnMongo,
  startOwnMongoServer,
  uniqueDatabase,
} from '../../../packages/server/src/testing/servers/mongo-server.ts';
import {
  havePostgres,
  startPostgresServer,
  uniqueSchema,
} from '../../../packages/server/src/testing/servers/postgres-server.ts';
import { median, quantile } from '../../measure/statistics.ts';
import { createMarket } from '../market.ts';

/**
 * The same chains through the three market stores, in alternating rounds: 500 chains of 200 quotes, every column, in
 * batches of 50, as the storage service puts them: with the frame that carried them. Then reads of one chain at a time.
 */
const ROUNDS = 3;
const BATCH = 50;
/** Puts under way at a time. */
const OUTSTANDING = 8;
const QUOTES = 200;
const START = Date.UTC(2026, 7, 19, 3, 45);
const STEP_MS = 5000;

if (!havePostgres) exit();

interface Candidate {
  readonly snapshots: number;
  /** Of each kind. */
  readonly reads: number;
  open(): Promise<{ store: MarketStore; dispose(): Promise<void> }>;
}
interface Round {
  readonly perSecond: number;
  readonly waits: readonly number[];
  readonly bytes: number;
  readonly cpu: number;
  readonly latest: readonly number[];
  readonly asOf: readonly number[];
  readonly page: readonly number[];
  readonly replayed: number;
}

const market = createMarket(
  { products: 100, expiries: 5, strikes: QUOTES / 2, variants: 2, seed: 1 },
  START,
  STEP_MS,
);
const codec = createChainBlobCodec();
/** Made before the clock runs: the store takes the bytes that came over the bus. */
const prepared: Snapshot[][] = [];
function batchesOf(snapshots: number): Snapshot[][] {
  for (
    let round = Math.floor((prepared.length * BATCH) / market.chains);
    prepared.length * BATCH < snapshots;
    round++
  ) {
    const chains = market.at(round).map((chain): Snapshot => ({ ...chain, frame: codec.encode(chain) }));
    for (let i = 0; i < chains.length; i += BATCH) prepared.push(chains.slice(i, i + BATCH));
  }
  return prepared.slice(0, snapshots / BATCH);
}

const postgres = await startPostgresServer();
const mongo = haveOwnMongo ? await startOwnMongoServer() : null;
const onPostgres = (synchronousCommit: 'on' | 'off'): Candidate => ({
  snapshots: 4_000,
  reads: 300,
  async open() {
    const schema = uniqueSchema();
    const store = await createPostgresMarketStore({ url: postgres.url, schema, synchronousCommit });
    return { store, dispose: async () => void (await postgres.query(`DROP SCHEMA "${schema}" CASCADE`)) };
  },
});
const candidates: Record<string, Candidate> = {
  'SQLite, synchronous FULL': {
    snapshots: 4_000,
    reads: 300,
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
      const store = await createSqliteMarketStore({ folder });
      return { store, dispose: async () => rmSync(folder, { recursive: true, force: true }) };
    },
  },
  'PostgreSQL, synchronous_commit on': onPostgres('on'),
  'PostgreSQL, synchronous_commit off': onPostgres('off'),
  ...(mongo && {
    'MongoDB (FerretDB over SQLite), majority and journal': {
      snapshots: 100,
      reads: 5,
      async open() {
        const database = uniqueDatabase();
        // A group of batches takes FerretDB longer than a server may be silent.
        const patient = { socketTimeoutMs: 300_000, writeTimeoutMs: 300_000, readableIntervalMs: 0 };
        const store = await createMongoMarketStore({ url: mongo.url, database, ...patient });
        return { store, dispose: async () => undefined };
      },
    },
  }),
};

async function measure({ snapshots, reads, open }: Candidate): Promise<Round> {
  const { store, dispose } = await open();
  const batches = batchesOf(snapshots);
  const waits: number[] = [];
  const source = batches.values();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const putter = async () => {
    for (const batch of source) {
      const put = performance.now();
      await store.putSnapshots(batch);
      waits.push(performance.now() - put);
    }
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, putter));
  const seconds = (performance.now() - begun) / 1000;
  const used = process.cpuUsage(cpu);
  const { bytes } = await store.counts();

  const chains = batches[0];
  const last = START + (Math.ceil(snapshots / market.chains) - 1) * STEP_MS;
  const timed = async (read: (chain: Snapshot) => Promise<unknown>, times: number) => {
    const took: number[] = [];
    for (let i = 0; i < times; i++) {
      const from = performance.now();
      await read(chains[i % chains.length]);
      took.push(performance.now() - from);
    }
    return took;
  };
  const latest = await timed(({ product, expiry }) => store.latest(product, expiry), reads);
  const asOf = await timed(({ product, expiry }) => store.asOf(product, expiry, (START + last) / 2), reads);
  const range = { fromMs: START, toMs: last + 1, limit: 500 };
  const page = await timed(({ product, expiry }) => store.summaries(product, expiry, range), reads);
  const from = performance.now();
  let read = 0;
  for (const { product, expiry } of chains.slice(0, reads)) {
    for await (const _ of store.snapshots(product, expiry, range)) read++;
  }
  const replayed = (read * QUOTES) / ((performance.now() - from) / 1000);
  await store.close();
  await dispose();
  const perSecond = snapshots / seconds;
  return {
    perSecond,
    waits,
    bytes: bytes / snapshots / QUOTES,
    cpu: (used.user + used.system) / 1e6 / seconds,
    latest,
    asOf,
    page,
    replayed,
  };
}

const rounds = new Map<string, Round[]>(Object.keys(candidates).map((name) => [name, []]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, candidate] of Object.entries(candidates)) {
    const result = await measure(candidate);
    if (round >= 0) rounds.get(name)?.push(result);
  }
}
const [{ version }] = await postgres
  .query('SHOW server_version')
  .then((rows) => [{ version: rows[0].server_version }]);
await postgres.stop();
await mongo?.stop();

const figure = (value: number, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
const times = (all: readonly Round[], of: (round: Round) => readonly number[]) => {
  const waits = all.flatMap(of);
  return `${figure(quantile(waits, 0.5), 1)} / ${figure(quantile(waits, 0.99), 1)}`;
};
const sqlite = median([...rounds.values()][0].map(({ perSecond }) => perSecond));
const rows = [...rounds].map(([name, all]) => {
  const of = (value: (round: Round) => number) => median(all.map(value));
  const perSecond = of((round) => round.perSecond);
  return [
    name,
    figure(perSecond),
    figure(perSecond / sqlite, 2),
    times(all, (round) => round.waits),
    figure(
      of((round) => round.cpu),
      2,
    ),
    figure(
      of((round) => round.bytes),
      1,
    ),
    times(all, (round) => round.latest),
    times(all, (round) => round.asOf),
    times(all, (round) => round.page),
    `${figure(of((round) => round.replayed) / 1e6, 2)}M`,
  ];
});
stdout.write(
  [
    `Medians of ${ROUNDS} alternating rounds: snapshots of ${QUOTES} quotes in batches of ${BATCH}, ${OUTSTANDING} puts at a time, ` +
      `4,000 a round (100 on FerretDB, whose times and sizes are not those of MongoDB). PostgreSQL ${version} as initdb ` +
      `leaves it, on the same two cores and file system, over TCP. Reads are one at a time; the bytes of SQLite count its log, not checkpointed yet.`,
    '',
    '| store | snapshots/s | of SQLite | put p50 / p99 ms | cores of the client | bytes per quote | latest p50 / p99 ms | as of p50 / p99 ms | summaries p50 / p99 ms | replayed quotes/s |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n'),
);
