import {
  column,
  DERIVED_COLUMNS,
  type EnrichedChain,
  QUOTE_COLUMNS,
  type Side,
} from '@deltastream/contracts';
import type { AnyBulkWriteOperation } from 'mongodb';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { reasonOf } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import { isDuplicateKey, type MongoConnection } from '../../connect.ts';
import { chainId } from '../catalogue.ts';
import type { SnapshotDocument } from '../documents.ts';

const CHAIN_LATEST = 'chain_latest';

/** Chains written by one command: one of 200 strikes takes a millisecond here, and a slow server a second. */
const SLICE = 2;

/** The latest snapshot of a chain as a person with a shell would want it. No code reads it. */
interface ReadableChain {
  readonly _id: string;
  readonly at: Date;
  readonly [field: string]: unknown;
}

/** Keeps `chain_latest`, apart from the puts and never at their cost: late by the interval, lost with the process. */
export interface ReadableLatest {
  stored(documents: readonly SnapshotDocument[]): void;
  /** Writes what is outstanding; idempotent. */
  close(): Promise<void>;
}

export function createReadableLatest(
  connection: MongoConnection,
  intervalMs: number,
  logger: Logger | undefined,
): ReadableLatest {
  const codec = createChainBlobCodec();
  /** Newest snapshot of each chain since the last write. */
  const outstanding = new Map<string, SnapshotDocument>();
  let writing: Promise<void> | null = null;
  let closed = false;

  const write = async (): Promise<void> => {
    while (outstanding.size > 0) {
      const slice = [...outstanding].slice(0, SLICE);
      for (const [id] of slice) outstanding.delete(id);
      const operations = slice.map(([_id, { at, data }]) => {
        const replacement = readableChain(codec.decode(data));
        return { replaceOne: { filter: { _id, at: { $lte: at } }, replacement, upsert: true } };
      }) as unknown as AnyBulkWriteOperation<ReadableChain>[];
      await connection.run(async (db) => {
        try {
          await db.collection<ReadableChain>(CHAIN_LATEST).bulkWrite(operations, { ordered: false });
        } catch (error) {
          // The key is taken by a later snapshot.
          if (!isDuplicateKey(error)) throw error;
        }
      });
    }
  };

  const flush = () => {
    writing ??= write()
      .catch((error) => {
        outstanding.clear();
        logger?.event('latest_chain_not_written', { reason: reasonOf(error) }, `${CHAIN_LATEST} not written`);
      })
      .finally(() => {
        writing = null;
      });
    return writing;
  };

  const timer = intervalMs > 0 ? setInterval(flush, intervalMs) : null;
  timer?.unref();

  return {
    stored(documents) {
      if (timer === null || closed) return;
      for (const document of documents) {
        const id = chainId(document.product, document.expiry);
        const held = outstanding.get(id);
        if (held === undefined || held.at <= document.at) outstanding.set(id, document);
      }
    },
    async close() {
      closed = true;
      if (timer !== null) clearInterval(timer);
      await writing;
      await flush();
    },
  };
}

/** Strikes as sub-documents; what was not given is left out. */
export function readableChain(chain: EnrichedChain) {
  const { columns, timestamp, expiry_at, ...header } = chain;
  const strikes = column(columns, 'strike');
  const side = (name: Side, row: number) => {
    const cells: Record<string, number> = {};
    for (const figure of [...QUOTE_COLUMNS, ...DERIVED_COLUMNS]) {
      const value = column(columns, `${name}_${figure}`)[row];
      if (!Number.isNaN(value)) cells[figure] = value;
    }
    return cells;
  };
  return {
    ...header,
    at: new Date(timestamp),
    expiry_at: new Date(expiry_at),
    strikes: Array.from(strikes, (strike, row) => ({
      strike,
      call: side('call', row),
      put: side('put', row),
    })),
  };
}
