import {
  column,
  contractId,
  QUOTE_COLUMNS,
  type RawChain,
  type ReconciledFigure,
  SIDES,
  type Side,
} from '@deltastream/contracts';
import { localInstant } from '@deltastream/reference';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';

/** One contract at the close of a session; NaN where a figure is not given. */
export type ClosingQuote = { readonly strike: number; readonly side: Side } & Readonly<
  Record<ReconciledFigure, number>
>;

/** Every listed contract of an expiry in one chain, by its id. */
export interface ClosingQuotes {
  readonly timestamp: number;
  readonly source: string;
  /** Whether a bid or an ask is in it: an end-of-day report has neither. */
  readonly quoted: boolean;
  readonly contracts: ReadonlyMap<string, ClosingQuote>;
}

/** Where the last chains of sessions are found: a store, or a platform that runs. */
export interface Closings {
  products(): Promise<readonly string[]>;
  expiries(product: string): Promise<readonly string[]>;
  /** The latest chain of an expiry up to an instant; null when there is none. */
  asOf(product: string, expiry: string, atMs: number): Promise<ClosingQuotes | null>;
}

/** The last instant of a date where the exchange is: venues correct open interest until long after the close. */
export const endOfDate = (exchange: Parameters<typeof localInstant>[0], date: string): number =>
  localInstant(exchange, date, 24 * 60) - 1;

/** Open interest of an unknown lot is in units; a lot that was inferred may be a multiple of the true one. */
export const isLotUncertain = (quality: readonly string[]): boolean =>
  quality.includes('lot_unknown') || quality.includes('lot_inferred');

export function quotesOf({
  product,
  expiry,
  timestamp,
  source,
  quality,
  columns,
}: ChainWithQuotes): ClosingQuotes {
  const strikes = column(columns, 'strike');
  const contracts = new Map<string, ClosingQuote>();
  let quoted = false;
  for (const side of SIDES) {
    quoted ||= ([`${side}_bid`, `${side}_ask`] as const).some((name) => column(columns, name).some(isGiven));
    const openInterest = column(columns, `${side}_open_interest`);
    const volume = column(columns, `${side}_volume`);
    const mark = column(columns, `${side}_mark`);
    const given = QUOTE_COLUMNS.map((name) => column(columns, `${side}_${name}`));
    for (const [i, strike] of strikes.entries()) {
      if (given.every((cells) => Number.isNaN(cells[i]))) continue;
      const id = contractId({ product, expiry, strike, side });
      const open_interest = isLotUncertain(quality) ? Number.NaN : openInterest[i];
      contracts.set(id, { strike, side, open_interest, volume: volume[i], settlement: mark[i] });
    }
  }
  return { timestamp, source, quoted, contracts };
}

const isGiven = (cell: number): boolean => !Number.isNaN(cell);

type ChainWithQuotes = Pick<RawChain, 'product' | 'expiry' | 'timestamp' | 'source' | 'quality' | 'columns'>;

export const storedClosings = (store: MarketReader): Closings => ({
  products: async () => (await store.products()).map(({ product }) => product),
  expiries: async (product) => (await store.expiries(product)).map(({ expiry }) => expiry),
  async asOf(product, expiry, atMs) {
    const chain = await store.asOf(product, expiry, atMs);
    return chain && quotesOf(chain);
  },
});
