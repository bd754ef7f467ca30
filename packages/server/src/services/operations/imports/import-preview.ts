import { type ImportPreview, isoTime, type RawChain, type UnderlyingTick } from '@deltastream/contracts';
import type { RecordingFormat } from '@deltastream/recordings/source';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';

/** Gathers what an import would find and replace; of each product as much as is listed, whatever the recording holds. */
export interface Preview {
  chain(chain: RawChain): Promise<void>;
  tick(tick: UnderlyingTick): Promise<void>;
  end(format: RecordingFormat): Promise<ImportPreview>;
}

interface Product {
  readonly currency: string;
  readonly lots: Set<number>;
  readonly expiries: Map<string, StoredTimes>;
  readonly otherExpiries: Set<string>;
  readonly tickTimes: StoredTimes;
  from: number;
  to: number;
  chains: number;
  ticks: number;
  strikes: number;
}

/** Counts the times at which something is stored. */
interface StoredTimes {
  add(timestamp: number): Promise<void>;
  count(): Promise<number>;
}

const TIMES_AT_ONCE = 500; // Of which the stored ones are asked for at a time.
const TIMES_TOGETHER = 100_000; // In memory at most, of all chains and products.
const PAGE = 2_000; // Rows of the store in memory at a time, where it is denser than the recording.

export function createPreview(store: MarketReader, most: number): Preview {
  const products = new Map<string, Product>();
  const left = new Set<string>();
  let sinceAsked = 0;

  const note = async (times: StoredTimes, timestamp: number) => {
    await times.add(timestamp);
    sinceAsked += 1;
    if (sinceAsked < TIMES_TOGETHER) return;
    sinceAsked = 0;
    for (const { expiries, tickTimes } of products.values()) {
      for (const each of [...expiries.values(), tickTimes]) await each.count();
    }
  };

  const productOf = (name: string, currency: string, timestamp: number): Product | null => {
    let found = products.get(name);
    if (found === undefined) {
      if (products.size >= most) {
        if (left.size < most) left.add(name);
        return null;
      }
      const tickTimes = createStoredTimes((range) => store.ticks(name, range));
      const counts = { from: timestamp, to: timestamp, chains: 0, ticks: 0, strikes: 0 };
      found = {
        currency,
        lots: new Set(),
        expiries: new Map(),
        otherExpiries: new Set(),
        tickTimes,
        ...counts,
      };
      products.set(name, found);
    }
    found.from = Math.min(found.from, timestamp);
    found.to = Math.max(found.to, timestamp);
    return found;
  };

  return {
    async chain({ product: name, expiry, currency, timestamp, lot_size, columns }) {
      const product = productOf(name, currency, timestamp);
      if (product === null) return;
      product.chains += 1;
      product.strikes += columns.count;
      if (lot_size !== null && product.lots.size < most) product.lots.add(lot_size);
      let times = product.expiries.get(expiry);
      if (times === undefined && product.expiries.size < most) {
        times = createStoredTimes((range) => store.summaries(name, expiry, range));
        product.expiries.set(expiry, times);
      }
      if (times !== undefined) await note(times, timestamp);
      else if (product.otherExpiries.size < most) product.otherExpiries.add(expiry);
    },
    async tick({ product: name, currency, timestamp }) {
      const product = productOf(name, currency, timestamp);
      if (product === null) return;
      product.ticks += 1;
      await note(product.tickTimes, timestamp);
    },
    async end(format) {
      const listed: ImportPreview['products'] = [];
      for (const [
        name,
        { currency, lots, expiries, otherExpiries, tickTimes, from, to, ...counts },
      ] of products) {
        let chains_stored = 0;
        for (const times of expiries.values()) chains_stored += await times.count();
        listed.push({
          ...{ product: name, currency, lot_sizes: [...lots].sort((a, b) => a - b) },
          ...{ expiries: [...expiries.keys()].sort(), expiries_left_out: otherExpiries.size },
          ...{ from: isoTime(from), to: isoTime(to), ...counts },
          ...{ chains_stored, ticks_stored: await tickTimes.count() },
        });
      }
      return { format: format.name, units: format.units, products: listed, products_left_out: left.size };
    },
  };
}

function createStoredTimes(
  read: (range: { fromMs: number; toMs: number; limit: number }) => Promise<{ readonly timestamp: number }[]>,
): StoredTimes {
  let waiting: number[] = [];
  let stored = 0;
  const ask = async () => {
    const wanted = new Set(waiting);
    const last = Math.max(...waiting);
    for (let fromMs = Math.min(...waiting); fromMs <= last; ) {
      const found = await read({ fromMs, toMs: last + 1, limit: PAGE });
      stored += found.filter(({ timestamp }) => wanted.has(timestamp)).length;
      if (found.length < PAGE) break;
      fromMs = found[found.length - 1].timestamp + 1;
    }
    waiting = [];
  };
  return {
    async add(timestamp) {
      waiting.push(timestamp);
      if (waiting.length >= TIMES_AT_ONCE) await ask();
    },
    async count() {
      if (waiting.length > 0) await ask();
      return stored;
    },
  };
}
