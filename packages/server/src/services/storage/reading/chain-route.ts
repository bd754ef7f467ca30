import { type ChainView, getChain, toChainView } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import type { Static } from 'typebox';
import { missingChain } from '../../../kit/chains/missing-chain.ts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { createGrowingCache } from '../../../kit/growing-cache.ts';
import { createMeter } from '../../../kit/health/meter.ts';
import type { ServedChain, StaleChains } from '../../../kit/health/stale-chains.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { sendFields } from '../../../kit/responses/fields.ts';
import { readInstant } from '../../../kit/responses/page.ts';
import { sendJsonBytes, wantsTable } from '../../../kit/responses/tables.ts';
import type { Cache } from '../../../ports/cache.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import type { Catalogue } from './catalogue.ts';
import { chainFields, choosesContracts, chosenChain } from './chain-fields.ts';

/** The latest chains as JSON bytes, cache-aside; bytes leave as they are held, or with the flag `stale`. */
export interface ChainBytes {
  /** From the cache only; not a promise where the cache is of this process. Null also where `stale` cannot be told. */
  cached(product: string, expiry: string): Uint8Array | null | Promise<Uint8Array | null>;
  /** From the store, and into the cache; null when nothing is stored. Callers at the same time share one read. */
  load(product: string, expiry: string): Promise<Uint8Array | null>;
  /** A snapshot of this time was stored: earlier ones are no longer the latest. Never rejects. */
  written(product: string, expiry: string, timestamp: number): Promise<void>;
}

const OUTCOMES = ['hit', 'miss', 'failed'] as const;

const keyOf = (product: string, expiry: string) => `chain:${product}:${expiry}`;
const MAX_HEADERS = 10_000; // Chains whose head is at hand; of another it is read from its bytes again.
const TTL_RESOLUTION_MS = 10; // Of seconds of life; a timer would be set in every millisecond of reading otherwise.

/** A cache that fails is a cache that holds nothing: it is counted and logged, and the store is read. */
export function createChainBytes(
  store: MarketReader,
  cache: Cache,
  ttlMs: number,
  registry: Registry,
  logger: Logger,
  stale?: StaleChains,
): ChainBytes {
  const { totalOfEach } = createMeter('storage', registry);
  // Plain numbers until the metrics are asked for: every read of a chain counts here.
  const reads = { hit: 0, miss: 0, failed: 0 };
  totalOfEach('cache_reads_total', 'Reads of the chain cache, by outcome', ['outcome'], (add) => {
    for (const outcome of OUTCOMES) add({ outcome }, reads[outcome]);
  });
  /** Of the chains that lie in the cache, by their keys. */
  const headers = createGrowingCache<string, ServedChain>(MAX_HEADERS, {
    ttl: ttlMs,
    ttlResolution: TTL_RESOLUTION_MS,
  });
  const loading = new Map<string, Promise<Uint8Array | null>>();

  const failed = (what: string, error: unknown): void => {
    reads.failed += 1;
    logger.event('chain_cache_failed', { what, reason: reasonOf(error) });
  };
  const ignoring = async (what: string, work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      failed(what, error);
    }
  };

  const counted = (bytes: Uint8Array | null): Uint8Array | null => {
    if (bytes === null) reads.miss += 1;
    else reads.hit += 1;
    return bytes;
  };

  const presented = (key: string, bytes: Uint8Array | null): Uint8Array | null => {
    if (bytes === null || stale === undefined) return bytes;
    const header = headers.get(key);
    if (header === undefined) return null;
    return stale.isStale(header) ? withStale(bytes) : bytes;
  };

  /** What is read is kept only while nothing was written since, for a correction has the same timestamp. */
  const read = async (
    product: string,
    expiry: string,
    isCurrent: () => boolean,
  ): Promise<Uint8Array | null> => {
    const chain = await store.latest(product, expiry);
    if (chain === null) return null;
    const key = keyOf(product, expiry);
    const { expiry_at, source, generation, dataset } = chain;
    headers.set(key, { product, expiry_at, source, generation, dataset });
    const bytes = Buffer.from(JSON.stringify(toChainView(chain)));
    if (isCurrent()) await ignoring('set', cache.setIfNewer(key, chain.timestamp, bytes, ttlMs));
    return presented(key, bytes);
  };

  return {
    cached(product, expiry) {
      const key = keyOf(product, expiry);
      const found = cache.get(key);
      if (!(found instanceof Promise)) return counted(presented(key, found));
      return found.then(
        (bytes) => counted(presented(key, bytes)),
        (error) => {
          failed('get', error);
          return null;
        },
      );
    },
    load(product, expiry) {
      const key = keyOf(product, expiry);
      const running = loading.get(key);
      if (running !== undefined) return running;
      const isCurrent = () => loading.get(key) === started;
      const started: Promise<Uint8Array | null> = read(product, expiry, isCurrent).finally(() => {
        if (loading.get(key) === started) loading.delete(key);
      });
      loading.set(key, started);
      return started;
    },
    async written(product, expiry, timestamp) {
      // A read that began before this write may still be under way; later callers must not share it.
      loading.delete(keyOf(product, expiry));
      await ignoring('invalidate', cache.invalidate(keyOf(product, expiry), timestamp, ttlMs));
    },
  };
}

const QUALITY = '"quality":[';
/** By the bytes without the flag, so that those of a cache are made once. */
const flagged = new WeakMap<Uint8Array, Uint8Array>();

/** The JSON of a chain with `stale` at the end of its flags: its first `quality` that is no part of a text. */
function withStale(bytes: Uint8Array): Uint8Array {
  const known = flagged.get(bytes);
  if (known !== undefined) return known;
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = json.indexOf(QUALITY) + QUALITY.length - 1;
  const until = json.indexOf(']', from);
  const flags: string[] = JSON.parse(json.toString('utf8', from, until + 1));
  const more = flags.length === 0 ? '"stale"' : ',"stale"';
  const made = flags.includes('stale')
    ? bytes
    : Buffer.concat([json.subarray(0, until), Buffer.from(more), json.subarray(until)]);
  flagged.set(bytes, made);
  return made;
}

type ChainQuery = Static<(typeof getChain)['schema']['querystring']>;

export interface ChainRoutePorts {
  readonly store: MarketReader;
  readonly catalogue: Catalogue;
  readonly chainBytes: ChainBytes;
}

/** The route of a chain: the newest one of an expiry, or one of another time. The plugin that registers it makes its tables. */
export function chainRoute({ store, catalogue, chainBytes }: ChainRoutePorts): FastifyPluginAsync {
  /** A cached chain of a named expiry needs nothing but the cache. */
  const latestBytes = (product: string, asked: string | undefined): Uint8Array | Promise<Uint8Array> => {
    const named = asked === undefined ? null : chainBytes.cached(product, asked);
    return named instanceof Uint8Array ? named : sought(product, asked, named);
  };

  const sought = async (
    product: string,
    asked: string | undefined,
    named: null | Promise<Uint8Array | null>,
  ): Promise<Uint8Array> => {
    const held = await named;
    if (held !== null) return held;
    const { expiry } = await catalogue.asked(product, asked, null);
    const bytes =
      (asked === undefined ? await chainBytes.cached(product, expiry) : null) ??
      (await chainBytes.load(product, expiry));
    if (bytes === null) throw await missingChain(store, product, expiry, null);
    return bytes;
  };

  /** A chain of another time, some fields of one, or one that leaves as a table. */
  const chainView = async (product: string, query: ChainQuery, asTable: boolean, reply: FastifyReply) => {
    const fields = chainFields(query.fields);
    if (asTable && fields !== null && !choosesContracts(fields)) throw noContracts();
    const view =
      query.at === undefined
        ? (JSON.parse(Buffer.from(await latestBytes(product, query.expiry)).toString()) as ChainView)
        : toChainView(await chainAt(product, query.expiry, readInstant('at', query.at)));
    return fields === null ? view : sendFields(reply, chosenChain(view, fields));
  };

  const chainAt = async (product: string, asked: string | undefined, atMs: number) => {
    const { expiry } = await catalogue.asked(product, asked, atMs);
    const chain = await store.asOf(product, expiry, atMs);
    if (chain === null) throw await missingChain(store, product, expiry, atMs);
    return chain;
  };

  return async (plugin) => {
    plugin.withTypeProvider<TypeBoxTypeProvider>().route({
      ...getChain,
      handler: (request, reply) => {
        const { product } = request.params;
        const { expiry, at, fields } = request.query;
        const asTable = wantsTable(request);
        if (at !== undefined || fields !== undefined || asTable) {
          return chainView(product, request.query, asTable, reply);
        }
        // What most callers ask for is held, and a promise would cost as much as all the rest.
        const bytes = latestBytes(product, expiry);
        if (bytes instanceof Promise) return bytes.then((found) => sendJsonBytes(reply, found));
        void sendJsonBytes(reply, bytes);
      },
    });
  };
}

const noContracts = () =>
  new DeltaStreamError('invalid_request', 'querystring.fields: a table needs a field of contracts, e.g. iv');
