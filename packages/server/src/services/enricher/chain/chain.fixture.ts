import { column, createColumns, type RawChain } from '@deltastream/contracts';
import { black76Price } from '@deltastream/quant';

const DAY_MS = 86_400_000;

export interface FixtureOptions {
  readonly forward?: number;
  readonly strikes?: readonly number[];
  readonly sigma?: (strike: number) => number;
  readonly days?: number;
  readonly tick?: number;
  /** Half of bid to ask; null leaves the quotes out and gives last prices. */
  readonly halfSpread?: number | null;
}

const STRIKES = Array.from({ length: 41 }, (_, i) => 23_000 + 50 * i);

/** A chain priced exactly from a smile: bid and ask around the Black-76 price, or last prices at it. */
export function pricedChain(options: FixtureOptions = {}): RawChain {
  const strikes = options.strikes ?? STRIKES;
  const forward = options.forward ?? 24_000;
  const sigma = options.sigma ?? (() => 0.15);
  const days = options.days ?? 7;
  const halfSpread = options.halfSpread === undefined ? 0.01 : options.halfSpread;
  const columns = createColumns(strikes.length, 'raw');
  column(columns, 'strike').set(strikes);
  for (const [i, strike] of strikes.entries()) {
    for (const [side, sign] of [
      ['call', 1],
      ['put', -1],
    ] as const) {
      const price = black76Price(forward, strike, days / 365, sigma(strike), 1, sign);
      if (halfSpread === null) column(columns, `${side}_last`)[i] = price;
      else {
        column(columns, `${side}_bid`)[i] = Math.max(0, price - halfSpread);
        column(columns, `${side}_ask`)[i] = price + halfSpread;
      }
      column(columns, `${side}_open_interest`)[i] = 100 + ((strike * (sign + 3)) % 977);
      column(columns, `${side}_volume`)[i] = 10 + ((strike * (sign + 5)) % 131);
      column(columns, `${side}_open_interest_change`)[i] = ((strike * (sign + 2)) % 101) - 40;
      column(columns, `${side}_previous_close`)[i] = price * 0.95;
    }
  }
  const timestamp = Date.UTC(2026, 7, 19, 6);
  return {
    product: 'NIFTY',
    expiry: '2026-08-26',
    expiry_at: timestamp + days * DAY_MS,
    timestamp,
    epoch: 'fixture',
    seq: 1,
    source: 'fixture',
    currency: 'INR',
    spot: forward,
    future: null,
    lot_size: 75,
    price_tick: options.tick ?? 0.05,
    quality: [],
    columns,
  };
}
