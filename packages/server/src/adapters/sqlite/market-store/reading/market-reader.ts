import {
  type Bar,
  type ColumnMemory,
  type ColumnName,
  columnsThrough,
  ENRICHED_COLUMNS,
  HISTORY_FIGURES,
  type HistoryFigure,
  isoTime,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
  type ProductFigureValues,
  type StoredInterval,
} from '@deltastream/contracts';
import { MalformedBlobError } from '@deltastream/contracts/codec';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { BLOCK_MS, createTickBlockCodec } from '../../../../codec/tick-block.ts';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import type {
  FigurePoint,
  ListRange,
  MarketReader,
  StoredExpiry,
  StoredProduct,
  StoredProductFigures,
  StoredTick,
} from '../../../../ports/stores/market/market-store.ts';
import type { SupervisedThread } from '../../supervised-thread.ts';
import type { ReadRequest, ReadResults, TickBlock } from '../messages.ts';
import { createPageReader, type StoredSnapshot, sharedColumns } from './snapshot-page.ts';

/** Rows asked of the reader thread at a time: half a millisecond of it on a hot day, some of them on a sealed one. */
const SNAPSHOT_PAGE = 64;
const NARROW_PAGE = 96; // Of snapshots of which a few strikes are wanted.
const ROW_PAGE = 2000; // Of summaries, bars and ticks, which are short.
const BLOCK_PAGE = 64; // As many minutes of ticks.
const BAR_WIDTH = 7;

/**
 * The read side. All SQL runs in the reader thread, also for the latest snapshot: reading it takes well
 * under a millisecond once cached, but from a cold disk it does not, and there it must not hold up the
 * event loop. Blobs are decoded here, a page at a time.
 */
export function createMarketReader(client: Pick<SupervisedThread, 'ask'>): MarketReader {
  const chains = createChainBlobCodec();
  const snapshotsOf = createPageReader();
  const blocks = createTickBlockCodec();
  const ask = <K extends ReadRequest['kind']>(request: Extract<ReadRequest, { kind: K }>) =>
    client.ask(request) as Promise<ReadResults[K]>;
  /** `what` it is, which takes long to say and is needed only where it is damaged. */
  const decoded = <T>(file: string, what: () => string, decode: () => T): T => {
    try {
      return decode();
    } catch (cause) {
      if (!(cause instanceof MalformedBlobError)) throw cause;
      throw damaged(file, `${what()}: ${cause.message}`, cause);
    }
  };
  const ticksOf = ({ product, minute, data }: TickBlock) =>
    decoded(
      'main.db',
      () => `ticks of ${product} of the minute ${isoTime(minute)}`,
      () => blocks.decode(product, minute, data),
    );
  /** A snapshot that was read, which must be the one that was asked for. */
  const chainOf = (
    product: string,
    expiry: string,
    { timestamp, file, content }: StoredSnapshot,
    through?: ColumnName,
    memory?: ColumnMemory,
  ) => {
    const what = () => `the snapshot of ${product} ${expiry} at ${isoTime(timestamp)}`;
    const chain = decoded(file, what, () =>
      content instanceof Uint8Array
        ? chains.decode(content, through, memory)
        : chains.join(content(), through),
    );
    if (chain.product === product && chain.expiry === expiry && chain.timestamp === timestamp) return chain;
    throw damaged(file, `${what()}: another lies in its place`);
  };

  const asOf = async (product: string, expiry: string, atMs: number) => {
    const found = await ask<'asOf'>({ kind: 'asOf', key: { product, expiry }, atMs });
    return found === null ? null : chainOf(product, expiry, snapshotsOf(found)[0]);
  };

  /**
   * Asks for page after page of packed rows whose first number is the time, until `limit` rows; ascending. Each page is
   * unpacked when it comes, so that none of them holds up the event loop for long.
   */
  const paged = async <Row>(
    range: ListRange,
    width: number,
    page: (part: ListRange) => Promise<Float64Array>,
    unpack: (part: Float64Array) => Row[],
  ) => {
    const parts: Row[][] = [];
    let { fromMs, toMs, limit, take } = range;
    while (limit > 0 && fromMs < toMs) {
      const asked = Math.min(limit, ROW_PAGE);
      const part = await page({ fromMs, toMs, limit: asked, take });
      parts.push(unpack(part));
      const rows = part.length / width;
      if (rows < asked) break;
      limit -= rows;
      if (take === 'last') toMs = part[0];
      else fromMs = part[part.length - width] + 1;
    }
    return (take === 'last' ? parts.reverse() : parts).flat();
  };

  return {
    async products() {
      const [rows, blocksByProduct] = await Promise.all([
        ask<'chains'>({ kind: 'chains', product: null }),
        ask<'latestTicks'>({ kind: 'latestTicks', product: null }),
      ]);
      const products = new Map<string, StoredProduct & { timestamp: number }>();
      for (const { product, currency, spot, last_ts } of rows) {
        if ((products.get(product)?.timestamp ?? -1) > last_ts) continue;
        products.set(product, { product, currency, price: spot, previousClose: null, timestamp: last_ts });
      }
      for (const block of blocksByProduct) {
        const { product, currency, price, previousClose, timestamp } = ticksOf(block).at(-1) as StoredTick;
        products.set(product, { product, currency, price, previousClose, timestamp });
      }
      return [...products.values()].sort((a, b) => (a.product < b.product ? -1 : 1));
    },
    async expiries(product): Promise<StoredExpiry[]> {
      const rows = await ask<'chains'>({ kind: 'chains', product });
      return rows.map(({ expiry, expiry_at, first_ts, last_ts }) => ({
        expiry,
        expiryAt: expiry_at,
        firstTimestamp: first_ts,
        lastTimestamp: last_ts,
      }));
    },
    latest: (product, expiry) => asOf(product, expiry, Number.MAX_SAFE_INTEGER),
    asOf,
    summaries: (product, expiry, range) =>
      paged(
        range,
        HISTORY_FIGURES.length + 1,
        (page) => ask<'summaries'>({ kind: 'summaries', key: { product, expiry }, page }),
        (part) => figurePoints(part, HISTORY_FIGURES),
      ),
    async lastSummaries<Figure extends HistoryFigure>(
      product: string,
      expiry: string,
      starts: readonly number[],
      toMs: number,
      figures: readonly Figure[] = HISTORY_FIGURES as readonly Figure[],
    ) {
      const chosen = figures.map((name) => HISTORY_FIGURES.indexOf(name));
      const request = { key: { product, expiry }, starts: Float64Array.from(starts), toMs, chosen };
      return figurePoints(await ask<'lastSummaries'>({ kind: 'lastSummaries', ...request }), figures);
    },
    async *snapshots(product, expiry, { fromMs, toMs, limit }, given) {
      const key = { product, expiry };
      const columns = ENRICHED_COLUMNS.length;
      const pageFrom = (from: number | null, left: number) =>
        from === null || from >= toMs || left <= 0
          ? null
          : ask<'snapshots'>({
              kind: 'snapshots',
              key,
              page: { fromMs: from, toMs, limit: Math.min(left, SNAPSHOT_PAGE) },
              columns,
            });
      let left = limit;
      let page = pageFrom(fromMs, left);
      while (page !== null) {
        const reply: ReadResults['snapshots'] = await page;
        const found = snapshotsOf(reply.found);
        left -= found.length;
        // Read while this one is decoded and used; its failure is met when it is awaited.
        page = pageFrom(reply.next, left);
        page?.catch(() => undefined);
        const memory = given ?? sharedColumns();
        for (const each of found) yield chainOf(product, expiry, each, undefined, memory);
      }
    },
    async *snapshotsAt(product, expiry, timestamps, through, strikes) {
      const key = { product, expiry };
      const columns = through === undefined ? ENRICHED_COLUMNS.length : columnsThrough(through);
      const most = strikes === undefined ? SNAPSHOT_PAGE : NARROW_PAGE;
      const pageAt = (from: number) => {
        const page = timestamps.slice(from, from + most);
        if (page.length === 0) return null;
        return ask<'snapshotsAt'>({
          kind: 'snapshotsAt',
          key,
          timestamps: page,
          columns,
          strikes: strikes ?? null,
        });
      };
      let page = pageAt(0);
      for (let next = most; page !== null; next += most) {
        const found: ReadResults['snapshotsAt'] = await page;
        // Read while this one is decoded and used; its failure is met when it is awaited.
        page = pageAt(next);
        page?.catch(() => undefined);
        const memory = sharedColumns();
        for (const each of snapshotsOf(found)) yield chainOf(product, expiry, each, through, memory);
      }
    },
    async ticks(product, { fromMs, toMs, limit, take }) {
      const parts: StoredTick[][] = [];
      let count = 0;
      let page = { fromMs, toMs };
      while (count < limit) {
        const found = await ask<'ticks'>({
          kind: 'ticks',
          product,
          page: { ...page, limit: BLOCK_PAGE, take },
        });
        const part = found
          .flatMap(ticksOf)
          .filter((tick) => tick.timestamp >= fromMs && tick.timestamp < toMs);
        parts.push(part);
        count += part.length;
        if (found.length < BLOCK_PAGE) break;
        page =
          take === 'last'
            ? { fromMs, toMs: found[0].minute }
            : { fromMs: found[found.length - 1].minute + BLOCK_MS, toMs };
      }
      if (take !== 'last') return parts.flat().slice(0, limit);
      const ticks = parts.reverse().flat();
      return ticks.slice(Math.max(0, ticks.length - limit));
    },
    async latestTick(product) {
      const [block] = await ask<'latestTicks'>({ kind: 'latestTicks', product });
      return block === undefined ? null : (ticksOf(block).at(-1) ?? null);
    },
    bars: (product, interval, range) =>
      paged(
        range,
        BAR_WIDTH,
        (page) => ask<'bars'>({ kind: 'bars', product, interval, page }),
        (part) => barsOf(product, interval, part),
      ),
    productFigures: (product, range) =>
      paged(
        range,
        PRODUCT_FIGURE_NAMES.length + 3,
        (page) => ask<'productFigures'>({ kind: 'productFigures', product, page }),
        (part) => productFiguresOf(product, part),
      ),
    async lastProductFigures<Figure extends ProductFigureName>(
      product: string,
      starts: readonly number[],
      toMs: number,
      figures: readonly Figure[] = PRODUCT_FIGURE_NAMES as readonly Figure[],
    ) {
      const chosen = [0, ...figures.map((name) => PRODUCT_FIGURE_NAMES.indexOf(name) + 2)];
      const request = { product, starts: Float64Array.from(starts), toMs, chosen };
      const part = await ask<'lastProductFigures'>({ kind: 'lastProductFigures', ...request });
      const width = figures.length + 2;
      return Array.from({ length: part.length / width }, (_, row) => ({
        timestamp: part[row * width],
        as_of: part[row * width + 1],
        values: figuresAt(part, row * width + 2, figures, {}),
      }));
    },
    counts: () => ask<'counts'>({ kind: 'counts' }),
    async importCounts(generation) {
      const row = await ask<'imports'>({ kind: 'imports', generation });
      return {
        chains: {
          new: row?.chains_new ?? 0,
          replaced: row?.chains_replaced ?? 0,
          same: row?.chains_same ?? 0,
        },
        ticks: { new: row?.ticks_new ?? 0, replaced: row?.ticks_replaced ?? 0, same: row?.ticks_same ?? 0 },
      };
    },
    async latestImport() {
      return Math.abs((await ask<'imports'>({ kind: 'imports', generation: null }))?.generation ?? 0);
    },
    importedRows: () => ask<'importedRows'>({ kind: 'importedRows' }),
  };
}

const damaged = (file: string, what: string, cause?: unknown) =>
  new DeltaStreamError('stored_data_damaged', `${file}: ${what}`, { cause });

function figuresAt<Figure extends string, Named extends object>(
  part: Float64Array,
  at: number,
  figures: readonly Figure[],
  into: Named,
): Named & Record<Figure, number | null> {
  const named = into as Record<string, number | null>;
  for (const [i, name] of figures.entries()) {
    const value = part[at + i];
    named[name] = Number.isNaN(value) ? null : value;
  }
  return named as Named & Record<Figure, number | null>;
}

function figurePoints<Figure extends HistoryFigure>(
  part: Float64Array,
  figures: readonly Figure[],
): FigurePoint<Figure>[] {
  const width = figures.length + 1;
  return Array.from({ length: part.length / width }, (_, row) =>
    figuresAt(part, row * width + 1, figures, { timestamp: part[row * width] }),
  );
}

function barsOf(product: string, interval: StoredInterval, part: Float64Array): Bar[] {
  return Array.from({ length: part.length / BAR_WIDTH }, (_, row) => {
    const [start, open_at, open, high, low, close_at, close] = part.subarray(
      row * BAR_WIDTH,
      (row + 1) * BAR_WIDTH,
    );
    return { product, interval, start, open_at, open, high, low, close_at, close };
  });
}

function productFiguresOf(product: string, part: Float64Array): StoredProductFigures[] {
  const width = PRODUCT_FIGURE_NAMES.length + 3;
  return Array.from({ length: part.length / width }, (_, row) => {
    const [timestamp, as_of, progress] = part.subarray(row * width, row * width + 3);
    const values: ProductFigureValues = figuresAt(part, row * width + 3, PRODUCT_FIGURE_NAMES, {});
    return { product, timestamp, as_of, progress, values };
  });
}
