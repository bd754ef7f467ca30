import {
  type ChainView,
  CONTRACT_FIGURE_NAMES,
  type ExportOrder,
  isoTime,
  toChainView,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';

type Cell = string | number | null;

/** Rows that belong together, and the time of the last of them. */
export interface RowChunk {
  readonly rows: Cell[][];
  readonly timestamp: string;
}

export interface ExportRows {
  readonly columns: readonly string[];
  chunks(): AsyncGenerator<RowChunk>;
}

type Fields = Readonly<Record<string, unknown>>;

const PAGE = 2_000; // Rows held in memory at a time.
const EVERYTHING = 1_000_000_000;

const CHAIN_FIELDS = ['timestamp', 'product', 'expiry', 'spot_price', 'forward'] as const;
const TICK_FIELDS = ['timestamp', 'product', 'price', 'previous_close', 'currency', 'source'] as const;
const BAR_FIELDS = ['start', 'product', 'interval', 'open', 'high', 'low', 'close'] as const;

/** What an order asks for, a page or a chain at a time, in time order (of each expiry, expiries ascending). */
export function exportRows(store: MarketReader, order: ExportOrder): ExportRows {
  const range = { fromMs: Date.parse(order.from), toMs: Date.parse(order.to) };
  switch (order.kind) {
    case 'chains':
      return {
        columns: [...CHAIN_FIELDS, 'strike', 'side', ...CONTRACT_FIGURE_NAMES],
        chunks: () => chainChunks(store, order, range),
      };
    case 'ticks':
      return {
        columns: TICK_FIELDS,
        chunks: () =>
          pages(
            range,
            (part) => store.ticks(order.product, part),
            ({ timestamp }) => timestamp,
            ({ timestamp, previousClose, ...tick }) =>
              cells({ ...tick, timestamp: isoTime(timestamp), previous_close: previousClose }, TICK_FIELDS),
          ),
      };
    case 'bars':
      return {
        columns: BAR_FIELDS,
        chunks: () =>
          pages(
            range,
            (part) => store.bars(order.product, order.interval ?? '1m', part),
            ({ start }) => start,
            ({ start, ...bar }) => cells({ ...bar, start: isoTime(start) }, BAR_FIELDS),
          ),
      };
  }
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

async function* chainChunks(
  store: MarketReader,
  { product, expiry }: ExportOrder,
  range: Range,
): AsyncGenerator<RowChunk> {
  const stored = (await store.expiries(product)).map((each) => each.expiry);
  if (expiry !== undefined && !stored.includes(expiry)) {
    throw new DeltaStreamError('unknown_expiry', `${product} has no expiry ${expiry}`, { permanent: true });
  }
  for (const each of expiry === undefined ? stored : [expiry]) {
    for await (const chain of store.snapshots(product, each, { ...range, limit: EVERYTHING })) {
      const view = toChainView(chain);
      yield { rows: contractRows(view), timestamp: view.timestamp };
    }
  }
}

function contractRows(chain: ChainView): Cell[][] {
  const own = cells(chain, CHAIN_FIELDS);
  return chain.strikes.flatMap((strike, i) =>
    (['call', 'put'] as const).flatMap((side) => {
      const contract = side === 'call' ? chain.calls[i] : chain.puts[i];
      return contract ? [[...own, strike, side, ...cells(contract, CONTRACT_FIGURE_NAMES)]] : [];
    }),
  );
}

/** Page after page; the next one begins a millisecond after the last item of this one, as times are unique. */
async function* pages<T>(
  { fromMs, toMs }: Range,
  read: (part: Range & { readonly limit: number }) => Promise<T[]>,
  timeOf: (item: T) => number,
  rowOf: (item: T) => Cell[],
): AsyncGenerator<RowChunk> {
  for (let from = fromMs; from < toMs; ) {
    const items = await read({ fromMs: from, toMs, limit: PAGE });
    if (items.length === 0) return;
    const last = timeOf(items[items.length - 1]);
    yield { rows: items.map(rowOf), timestamp: isoTime(last) };
    from = last + 1;
  }
}

const cells = (fields: Fields, names: readonly string[]): Cell[] =>
  names.map((name) => (fields[name] ?? null) as Cell);
