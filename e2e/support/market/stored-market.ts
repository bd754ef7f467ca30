import { type Bar, INTERVAL_MS, STORED_INTERVALS } from '@deltastream/contracts';
import { openSqliteMarketReader } from '../../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import type { MarketReader } from '../../../packages/server/src/ports/stores/market/market-store.ts';
import { nameOf, type Sent } from './market-traffic.ts';

const ALL = { fromMs: 0, toMs: 8.64e15, limit: 10_000_000 };

/** What a store holds, read from its files. */
export interface StoredMarket {
  /** "tick NIFTY 17", one for every row. */
  readonly messages: string[];
  readonly bars: Bar[];
}

export async function readStoredMarket(folder: string): Promise<StoredMarket> {
  const reader = await openSqliteMarketReader(folder);
  try {
    return await everythingOf(reader);
  } finally {
    await reader.close();
  }
}

/** The same of a store that is opened already. */
export async function everythingOf(reader: MarketReader): Promise<StoredMarket> {
  const messages: string[] = [];
  const bars: Bar[] = [];
  for (const { product } of await reader.products()) {
    for (const { seq } of await reader.ticks(product, ALL))
      messages.push(nameOf({ kind: 'tick', product, seq }));
    for (const { expiry } of await reader.expiries(product)) {
      for await (const { seq } of reader.snapshots(product, expiry, ALL)) {
        messages.push(nameOf({ kind: 'chain', product, seq }));
      }
    }
    for (const interval of STORED_INTERVALS) bars.push(...(await reader.bars(product, interval, ALL)));
  }
  return { messages, bars: bars.sort(byKey) };
}

/** The bars of ticks by brute force, for products of no known exchange: aligned to the UTC day. */
export function barsOf(sent: readonly Sent[]): Bar[] {
  const ticks = sent.filter(({ kind }) => kind === 'tick').sort((a, b) => a.timestamp - b.timestamp);
  const bars: Bar[] = [];
  for (const interval of STORED_INTERVALS) {
    const length = INTERVAL_MS[interval];
    const startOf = ({ timestamp }: Sent) => timestamp - (timestamp % length);
    for (const within of Map.groupBy(ticks, (tick) => `${tick.product} ${startOf(tick)}`).values()) {
      const [first, last] = [within[0], within[within.length - 1]];
      const prices = within.map(({ price }) => price);
      bars.push({
        ...{ product: first.product, interval, start: startOf(first) },
        ...{ open_at: first.timestamp, open: first.price, close_at: last.timestamp, close: last.price },
        ...{ high: Math.max(...prices), low: Math.min(...prices) },
      });
    }
  }
  return bars.sort(byKey);
}

const keyOf = ({ product, interval, start }: Bar) => `${product} ${interval} ${start}`;
const byKey = (a: Bar, b: Bar) => (keyOf(a) < keyOf(b) ? -1 : 1);

/** Compares what was acknowledged with what is stored. */
export function compareStored(acknowledged: readonly string[], stored: readonly string[]) {
  const kept = new Set(stored);
  const sent = new Set(acknowledged);
  return {
    lost: acknowledged.filter((name) => !kept.has(name)),
    doubled: stored.length - kept.size,
    unknown: [...kept].filter((name) => !sent.has(name)),
  };
}
