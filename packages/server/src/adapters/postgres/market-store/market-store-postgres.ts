import { HISTORY_FIGURES } from '@deltastream/contracts';
import { readSizes } from '@deltastream/contracts/codec';
import { blobBytes, createChainBlobCodec } from '../../../codec/chain-blob.ts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import type { MarketReader, Snapshot } from '../../../ports/stores/market/market-store.ts';
import { createGroupCommit } from '../../group-commit.ts';
import { encodeInTurns, FIGURES_BYTES, ROW_BYTES } from '../../put-rows.ts';
import { RETENTION, type RetentionSettings } from '../../retention-settings.ts';
import { createRollups, type RollingMarketStore } from '../../rollups/rollups.ts';
import { connectPostgres, type PostgresConnection, type PostgresOptions } from '../database/connect.ts';
import { migrate, schemaVersion } from '../database/schema.ts';
import { POSTGRES } from '../settings.ts';
import { createPostgresReader } from './market-reader.ts';
import { createPartitions } from './partitions.ts';
import { createRetention } from './retention.ts';
import { createRolledStore } from './rollups/rolled-store.ts';
import type { SnapshotRow } from './rows.ts';
import { MARKET_SCHEMA, readStoreId, requireWritable, unknownFigures } from './schema.ts';
import { createBatch, type Rows } from './writing/batch.ts';
import { createWriter } from './writing/writer.ts';

export type ClosableMarketReader = MarketReader & { close(): Promise<void> };

/** Of a chain, well below what a value of PostgreSQL may have, and what a batch would take for one. */
const MAX_BLOB_BYTES = 64 * 1024 * 1024;

/**
 * The market store in a schema of a PostgreSQL database: a row per snapshot, in a partition per UTC day. Several
 * processes may write at the same time. Rejects with `store_failed` when no server is there, with `newer_release`
 * when the schema is of one; later operations reject in the same way, within the timeouts, and work again once it is
 * back.
 */
export async function createPostgresMarketStore(
  options: PostgresOptions & Partial<RetentionSettings>,
): Promise<RollingMarketStore> {
  const settings = withDefaults({ ...POSTGRES.defaults, ...RETENTION.defaults }, options);
  const connection = await connectPostgres(options, MARKET_SCHEMA.name);
  const partitions = createPartitions(connection, settings, options.logger);
  const opening = async () => {
    await migrate(connection, MARKET_SCHEMA);
    await requireWritable(connection);
    await partitions.makeAhead(Date.now());
    const { schema } = connection;
    return {
      storeId: await readStoreId(connection),
      unknown: await connection.run((session) => unknownFigures(session, schema, 'product_figures')),
    };
  };
  const { storeId, unknown } = await opening().catch(async (error) => {
    await partitions.close();
    await connection.close();
    throw error;
  });
  partitions.start();
  const store = {
    ...createRolledStore(connection, options.logger),
    retain: createRetention(connection, partitions, options.logger),
  };
  const rollups = createRollups({ store, settings, logger: options.logger });
  const writer = createWriter(connection, partitions, unknown);
  const queue = createGroupCommit<Rows>((puts) => writer.commit(createBatch(puts)), settings);
  const codec = createChainBlobCodec();
  let closing: Promise<void> | null = null;

  const rowOf = (chain: Snapshot): SnapshotRow => {
    const what = `${chain.product} ${chain.expiry} at ${chain.timestamp}`;
    requireText(what, chain.product, chain.expiry, chain.epoch, chain.currency);
    let data: Uint8Array;
    try {
      data = codec.encode(chain);
    } catch (cause) {
      throw malformed(`${what}: ${reasonOf(cause)}`, cause);
    }
    if (data.length > MAX_BLOB_BYTES) {
      throw malformed(`${what}: ${data.length} bytes, at most ${MAX_BLOB_BYTES} can be stored`);
    }
    const { product, expiry, timestamp, epoch, seq, generation, currency, spot } = chain;
    return {
      ...{ product, expiry, timestamp, epoch, seq, currency, spot, data },
      ...(generation === undefined ? {} : { generation }),
      expiryAt: chain.expiry_at,
      quotes: readSizes(data).quotes,
      figures: HISTORY_FIGURES.map((name) => chain.summary[name]),
    };
  };

  return {
    ...createPostgresReader(connection),
    putSnapshots(chains) {
      const bytes = chains.reduce((sum, chain) => sum + ROW_BYTES + blobBytes(chain), 0);
      return queue.put(bytes, async () => {
        const snapshots = await encodeInTurns(chains, rowOf);
        return snapshots.length === 0 ? null : { snapshots };
      });
    },
    putTicks: (ticks, bars) =>
      queue.put(ROW_BYTES * (ticks.length + bars.length), () => {
        for (const { product, timestamp, epoch, source, currency } of ticks) {
          requireText(`the tick of ${product} at ${timestamp}`, product, epoch, source, currency);
        }
        return ticks.length + bars.length === 0 ? null : { ticks, bars };
      }),
    putProductFigures: (figures) =>
      queue.put(FIGURES_BYTES * figures.length, () => (figures.length === 0 ? null : { figures })),
    rollUpAll: rollups.rollUpAll,
    sweep: rollups.sweep,
    storeId,
    problems() {
      const reason = connection.problem();
      return reason === null ? [] : [{ reason, working: false }];
    },
    close() {
      closing ??= (async () => {
        await queue.close();
        await Promise.all([rollups.close(), partitions.close()]);
        await connection.close();
      })();
      return closing;
    },
  };
}

/** Reads a schema that others write to; needs no right but to read. Rejects as the store does. */
export async function openPostgresMarketReader(options: PostgresOptions): Promise<ClosableMarketReader> {
  const connection = await connectPostgres(options, MARKET_SCHEMA.name, { readOnly: true });
  try {
    await requireStore(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return { ...createPostgresReader(connection), close: () => connection.close() };
}

async function requireStore(connection: PostgresConnection): Promise<void> {
  const { steps } = MARKET_SCHEMA;
  const version = await connection.run((session) => schemaVersion(connection, session, steps));
  if (version > 0) return;
  throw new DeltaStreamError(
    'store_failed',
    `${connection.place}: there is no market store yet, or this role may not see it: start the storage service ` +
      'first, and grant it as docs/postgresql.md says',
  );
}

/** PostgreSQL keeps every character of a text but this one. */
function requireText(what: string, ...texts: readonly string[]): void {
  if (texts.some((text) => text.includes('\0')))
    throw malformed(`${what}: a text holds the character U+0000`);
}

const malformed = (message: string, cause?: unknown) =>
  new DeltaStreamError('malformed_message', message, { cause, permanent: true });
