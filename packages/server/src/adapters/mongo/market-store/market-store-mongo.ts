import { readSizes } from '@deltastream/contracts/codec';
import { blobBytes, createChainBlobCodec } from '../../../codec/chain-blob.ts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import type { MarketReader, Snapshot } from '../../../ports/stores/market/market-store.ts';
import { createGroupCommit } from '../../group-commit.ts';
import { encodeInTurns, FIGURES_BYTES, ROW_BYTES } from '../../put-rows.ts';
import { RETENTION, type RetentionSettings } from '../../retention-settings.ts';
import { createRollups, type RollingMarketStore } from '../../rollups/rollups.ts';
import { connectMongo, type MongoOptions } from '../connect.ts';
import { databaseVersion, migrateDatabase } from '../schema.ts';
import { MONGO } from '../settings.ts';
import { snapshotDocument, tickDocument } from './documents.ts';
import { createMongoReader } from './market-reader.ts';
import { createRetention } from './rollups/retention.ts';
import { createRolledStore } from './rollups/rolled-store.ts';
import { MARKET_SCHEMA, readStoreId } from './schema.ts';
import { createBatch, type Rows, type SnapshotEntry } from './writing/batch.ts';
import { createReadableLatest } from './writing/readable-latest.ts';
import { openWriter } from './writing/writer.ts';

export type ClosableMarketReader = MarketReader & { close(): Promise<void> };

/** The server takes documents of 16 MiB; a replaced one is kept beside its successor for a moment. */
const MAX_BLOB_BYTES = 7 * 1024 * 1024;

/**
 * The market store in a MongoDB database: a document per snapshot, in a collection per UTC day. Several
 * processes may write at the same time. Rejects with `store_failed` when no server is there, with `newer_release`
 * when the database is of one; later
 * operations reject in the same way, within the timeouts, and work again once it is back.
 */
export async function createMongoMarketStore(
  options: MongoOptions & Partial<RetentionSettings>,
): Promise<RollingMarketStore> {
  const settings = withDefaults({ ...MONGO.defaults, ...RETENTION.defaults }, options);
  const connection = await connectMongo(options, MARKET_SCHEMA.database);
  const opening = async () => ({
    storeId: await migrateDatabase(connection, MARKET_SCHEMA).then(() => readStoreId(connection)),
    writer: await openWriter(connection, settings),
  });
  const { storeId, writer } = await opening().catch(async (error) => {
    await connection.close();
    throw error;
  });
  const queue = createGroupCommit<Rows>((puts) => writer.commit(createBatch(puts)), settings);
  const retain = createRetention(connection, settings.writerLeaseMs, options.logger);
  const store = { ...createRolledStore(connection), retain };
  const rollups = createRollups({ store, settings, logger: options.logger });
  const readable = createReadableLatest(connection, settings.readableIntervalMs, options.logger);
  const codec = createChainBlobCodec();
  let closing: Promise<void> | null = null;

  const encoded = (chain: Snapshot): SnapshotEntry => {
    const what = () => `${chain.product} ${chain.expiry} at ${chain.timestamp}`;
    let blob: Uint8Array;
    try {
      blob = codec.encode(chain);
    } catch (cause) {
      throw new DeltaStreamError('malformed_message', `${what()}: ${reasonOf(cause)}`, {
        cause,
        permanent: true,
      });
    }
    if (blob.length > MAX_BLOB_BYTES) {
      const size = `${blob.length} bytes, at most ${MAX_BLOB_BYTES} can be stored`;
      throw new DeltaStreamError('malformed_message', `${what()}: ${size}`, { permanent: true });
    }
    const { quotes } = readSizes(blob);
    const { expiry_at, currency, spot } = chain;
    return {
      document: snapshotDocument(chain, quotes, blob),
      facts: { expiryAt: expiry_at, currency, spot },
    };
  };

  return {
    ...createMongoReader(connection),
    async putSnapshots(chains) {
      let entries: SnapshotEntry[] = [];
      const bytes = chains.reduce((sum, chain) => sum + ROW_BYTES + blobBytes(chain), 0);
      await queue.put(bytes, async () => {
        entries = await encodeInTurns(chains, encoded);
        return entries.length === 0 ? null : { entries };
      });
      readable.stored(entries.map(({ document }) => document));
    },
    putTicks: (ticks, bars) =>
      queue.put(ROW_BYTES * (ticks.length + bars.length), () =>
        ticks.length + bars.length === 0 ? null : { ticks: ticks.map(tickDocument), bars },
      ),
    putProductFigures: (figures) =>
      queue.put(FIGURES_BYTES * figures.length, () => (figures.length === 0 ? null : { figures })),
    rollUpAll: rollups.rollUpAll,
    sweep: rollups.sweep,
    storeId,
    problems: () => [],
    close() {
      closing ??= (async () => {
        await queue.close();
        await rollups.close();
        await readable.close();
        await writer.close();
        await connection.close();
      })();
      return closing;
    },
  };
}

/** Reads a database that others write to; needs no permission but to read. Rejects as the store does. */
export async function openMongoMarketReader(options: MongoOptions): Promise<ClosableMarketReader> {
  const connection = await connectMongo(options, MARKET_SCHEMA.database);
  try {
    await databaseVersion(connection, MARKET_SCHEMA);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return { ...createMongoReader(connection), close: () => connection.close() };
}
