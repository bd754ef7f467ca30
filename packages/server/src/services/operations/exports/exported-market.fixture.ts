import {
  column,
  createColumns,
  type EnrichedChain,
  QUOTE_COLUMNS,
  type RawChain,
  SIDES,
} from '@deltastream/contracts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { barAt, NOON, tickAt } from '../../../ports/stores/market/market-store.fixture.ts';
import { pricedChain } from '../../enricher/chain/chain.fixture.ts';
import { createChainEnricher } from '../../enricher/chain/enrich-chain.ts';

const MINUTE_MS = 60_000;
export const EXPIRIES = ['2026-08-25', '2026-09-01'] as const;
export const FROM = '2026-08-19T00:00:00Z';

const enrich = createChainEnricher({ rate: 0.05 });

/**
 * Chains of two expiries, whose forward moves. At each snapshot another strike lacks its put, one has nothing
 * but a size of one side, and one nothing at all.
 */
export function quotesAt(step: number, strikes: number, product = 'NIFTY'): RawChain[] {
  return EXPIRIES.map((expiry, e) => {
    const chain = pricedChain({
      forward: 24_000 + 5 * Math.sin(step / 9) + 20 * e,
      strikes: Array.from({ length: strikes }, (_, i) => 23_000 + 50 * i),
      days: 6 + 7 * e,
    });
    const columns = createColumns(strikes, 'raw');
    columns.values.set(chain.columns.values);
    const clear = (at: number, sides: readonly (typeof SIDES)[number][]) => {
      for (const side of sides)
        for (const name of QUOTE_COLUMNS) column(columns, `${side}_${name}`)[at] = Number.NaN;
    };
    clear(step % strikes, ['put']);
    clear((step + 3) % strikes, SIDES);
    column(columns, 'call_bid_size')[(step + 3) % strikes] = 75;
    clear((step + 7) % strikes, SIDES);
    column(columns, 'put_open_interest_change')[(step + 1) % strikes] = -0;
    const timestamp = NOON + step * MINUTE_MS;
    return {
      ...chain,
      product,
      expiry,
      expiry_at: Date.parse(`${expiry}T10:00:00Z`),
      timestamp,
      columns,
      seq: step + 1,
      source: 'fixture, "quoted"',
      quality: step % 5 === 0 ? ['partial', 'frozen'] : [],
    };
  });
}

/** The same with their figures. */
export const marketAt = (...of: Parameters<typeof quotesAt>): EnrichedChain[] => quotesAt(...of).map(enrich);

/** A store of so many minutes of a market, some ticks and bars. */
export async function createExportedMarket(
  folder: string,
  steps: number,
  strikes: number,
  products = ['NIFTY'],
) {
  const store = await createSqliteMarketStore({ folder, synchronous: 'normal' });
  for (const product of products) {
    for (let step = 0; step < steps; step++) await store.putSnapshots(marketAt(step, strikes, product));
    const at = (step: number) => NOON + step * MINUTE_MS;
    const minutes = Array.from({ length: 5 }, (_, step) => step);
    await store.putTicks(
      minutes.map((step) =>
        tickAt(at(step), {
          product,
          seq: step + 1,
          price: 24_000.05 + step,
          previousClose: step === 2 ? null : 23_950,
        }),
      ),
      minutes.map((step) => barAt(at(step), 24_000.05 + step, { product })),
    );
  }
  return store;
}
