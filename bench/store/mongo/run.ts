import { exit, stdout } from 'node:process';
import type { EnrichedChain } from '@deltastream/contracts';
import { BSON, MongoClient } from 'mongodb';
import { snapshotDocument } from '../../../packages/server/src/adapters/mongo/market-store/documents.ts';
import { createMongoMarketStore } from '../../../packages/server/src/adapters/mongo/market-store/market-store-mongo.ts';
import { readableChain } from '../../../packages/server/src/adapters/mongo/market-store/writing/readable-latest.ts';
import { createChainBlobCodec } from '../../../packages/server/src/codec/chain-blob.ts';
import {
  haveMongo,
  startMongoServer,
  uniqueDatabase,
} from '../../../packages/server/src/testing/servers/mongo-server.ts';
import { interleave, median } from '../../measure/statistics.ts';
import { createMarket } from '../market.ts';

/**
 * A snapshot of 200 quotes as one document with its quotes in one binary, against the same snapshot with a
 * sub-document per quote: bytes and time of making the document, and of storing it on the server at
 * MONGO_URL, else on FerretDB.
 */
const QUOTES = 200;
const BATCH = 50;
const SNAPSHOTS = 200;
const ROUNDS = 3;

if (!haveMongo) exit();

const market = createMarket(
  { products: 100, expiries: 5, strikes: QUOTES / 2, variants: 2, seed: 1 },
  Date.UTC(2026, 7, 19, 3, 45),
  5000,
);
const chains = market.at(0);
const codec = createChainBlobCodec();

const designs = {
  blob: (chain: EnrichedChain) => BSON.serialize(snapshotDocument(chain, QUOTES, codec.encode(chain))),
  'sub-documents': (chain: EnrichedChain) => BSON.serialize(readableChain(chain)),
} as const;
type Design = keyof typeof designs;
const names = Object.keys(designs) as Design[];

const made = interleave(
  {
    blob: () => void chains.slice(0, BATCH).forEach(designs.blob),
    'sub-documents': () => void chains.slice(0, BATCH).forEach(designs['sub-documents']),
  },
  { rounds: 15, callsPerRound: 1 },
);

const server = await startMongoServer();
const client = await MongoClient.connect(server.url, { writeConcern: { w: 'majority', journal: true } });
const build = await client.db('admin').command({ buildInfo: 1 });
const stored: Record<Design, { microseconds: number[]; bytes: number[] }> = {
  blob: { microseconds: [], bytes: [] },
  'sub-documents': { microseconds: [], bytes: [] },
};
for (let round = -1; round < ROUNDS; round++) {
  for (const name of names) {
    const database = uniqueDatabase();
    const store = await storeOf(name, database);
    const begun = performance.now();
    for (let i = 0; i < SNAPSHOTS; i += BATCH) await store.put(chains.slice(i, i + BATCH));
    const microseconds = ((performance.now() - begun) * 1000) / SNAPSHOTS;
    await store.close();
    const { totalSize } = await client.db(database).stats();
    if (round >= 0) {
      stored[name].microseconds.push(microseconds);
      stored[name].bytes.push(totalSize / SNAPSHOTS / QUOTES);
    }
    await client.db(database).dropDatabase();
  }
}
await client.close();
await server.stop();

const ferret = 'ferretdbVersion' in build ? 'FerretDB, which keeps JSON in SQLite, for the ' : '';
const rows = names.map((name) => {
  const bytes = median(chains.map((chain) => designs[name](chain).length)) / QUOTES;
  const make = median(made[name]) / BATCH;
  const put = median(stored[name].microseconds);
  return `| ${name} | ${bytes.toFixed(1)} | ${make.toFixed(0)} | ${put.toFixed(0)} | ${median(stored[name].bytes).toFixed(0)} |`;
});
stdout.write(
  [
    `Snapshots of ${QUOTES} quotes, every column; put in batches of ${BATCH}, one at a time, ${SNAPSHOTS} a round, medians of ${ROUNDS} ` +
      `alternating rounds, w: majority, j: true. Server: ${ferret}MongoDB ${build.version}${ferret ? ' wire; its times and sizes are not those of MongoDB' : ''}.`,
    '',
    '| quotes as | BSON bytes per quote | us to make | us to store | bytes per quote on the server |',
    '|---|---:|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n'),
);

async function storeOf(name: Design, database: string) {
  if (name === 'blob') {
    const store = await createMongoMarketStore({ url: server.url, database, readableIntervalMs: 0 });
    return { put: store.putSnapshots, close: store.close };
  }
  const collection = client.db(database).collection('chains');
  return {
    async put(batch: readonly EnrichedChain[]) {
      const operations = batch.map((chain) => ({ insertOne: { document: readableChain(chain) } }));
      await collection.bulkWrite(operations, { ordered: false });
    },
    close: async () => undefined,
  };
}
