import {
  column,
  createColumns,
  QUOTE_COLUMNS,
  type QuoteColumn,
  type RawChain,
} from '@deltastream/contracts';
import {
  createStamp,
  type Source,
  type SourceItem,
  type UnstampedTick,
} from '@deltastream/recordings/source';

type Contract = Partial<Record<QuoteColumn, number>>;

export interface ChainSaid {
  readonly product?: string;
  readonly expiry?: string;
  readonly timestamp: number;
  readonly spot?: number | null;
  readonly future?: number | null;
  /** By strike: call and put. */
  readonly strikes: Readonly<Record<number, readonly [Contract, Contract]>>;
}

export const EXPIRY = '2026-01-30';
export const EXPIRY_AT = Date.UTC(2026, 0, 30, 8);

/** A chain of BTC unless it says otherwise. */
export function chainSaying(said: ChainSaid): RawChain {
  const strikes = Object.keys(said.strikes).map(Number);
  const columns = createColumns(strikes.length, 'raw');
  column(columns, 'strike').set(strikes);
  for (const [i, strike] of strikes.entries()) {
    for (const [n, side] of (['call', 'put'] as const).entries()) {
      for (const name of QUOTE_COLUMNS) {
        column(columns, `${side}_${name}`)[i] = said.strikes[strike][n][name] ?? Number.NaN;
      }
    }
  }
  const expiry = said.expiry ?? EXPIRY;
  return createStamp('epoch', 'test').chain({
    product: said.product ?? 'BTC',
    expiry,
    expiry_at: Date.parse(`${expiry}T08:00:00Z`),
    timestamp: said.timestamp,
    currency: 'USD',
    spot: said.spot ?? null,
    future: said.future ?? null,
    lot_size: 1,
    price_tick: 0.0001,
    quality: [],
    columns,
  });
}

export const tickSaying = (tick: Pick<UnstampedTick, 'product' | 'timestamp' | 'price'>): SourceItem => ({
  kind: 'tick',
  tick: createStamp('epoch', 'test').tick({ currency: 'USD', previous_close: null, quality: [], ...tick }),
});

/** A source of these items that tells whether it was closed. */
export function sourceOf(items: readonly (RawChain | SourceItem)[]): Source & { readonly isClosed: boolean } {
  let isClosed = false;
  return {
    name: 'test',
    epoch: 'epoch',
    expectedIntervalMs: null,
    async *[Symbol.asyncIterator]() {
      for (const item of items) yield 'kind' in item ? item : { kind: 'chain', chain: item };
    },
    progress: () => ({ position: 0, total: items.length, unit: 'records' }),
    close: async () => {
      isClosed = true;
    },
    get isClosed() {
      return isClosed;
    },
  };
}
