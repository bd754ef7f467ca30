import { type Dated, inForce } from './exchanges.ts';

/**
 * Units per contract by expiry date, oldest first. NSE revises lots per expiry, not per trading day
 * (circulars FAOP47854 of March 2021, of April and October 2024, March 2025 and FAOP70616 of October
 * 2025); contracts listed before a revision keep their lot, which is why January 2025 goes back once.
 */
const LOT_SIZES: Readonly<Record<string, readonly Dated<number>[]>> = {
  NIFTY: [
    { from: '2015-11-01', value: 75 },
    { from: '2021-07-29', value: 50 },
    { from: '2024-04-26', value: 25 },
    { from: '2024-12-27', value: 75 },
    { from: '2025-01-30', value: 25 },
    { from: '2025-01-31', value: 75 },
    { from: '2025-12-31', value: 65 },
  ],
  BANKNIFTY: [
    { from: '2018-10-26', value: 20 },
    { from: '2020-10-01', value: 25 },
    { from: '2023-07-01', value: 15 },
    { from: '2025-02-01', value: 30 },
    { from: '2025-07-01', value: 35 },
    { from: '2025-12-31', value: 30 },
  ],
  FINNIFTY: [
    { from: '2021-01-11', value: 40 },
    { from: '2024-04-26', value: 25 },
    { from: '2025-02-01', value: 65 },
    { from: '2025-12-31', value: 60 },
  ],
  MIDCPNIFTY: [
    { from: '2025-02-01', value: 120 },
    { from: '2025-07-01', value: 140 },
    { from: '2025-12-31', value: 120 },
  ],
  NIFTYNXT50: [{ from: '2025-02-01', value: 25 }],
  SENSEX: [
    { from: '2023-05-15', value: 10 },
    { from: '2025-01-03', value: 20 },
  ],
  AAPL: [{ from: '0000-01-01', value: 100 }],
  GOOG: [{ from: '0000-01-01', value: 100 }],
  SPY: [{ from: '0000-01-01', value: 100 }],
  SPX: [{ from: '0000-01-01', value: 100 }],
  SPXW: [{ from: '0000-01-01', value: 100 }],
  BTC: [{ from: '0000-01-01', value: 1 }],
  ETH: [{ from: '0000-01-01', value: 1 }],
};

/**
 * Units per contract of the contracts that expire on a date 'YYYY-MM-DD'; null when the product or the
 * lot of that time is not known.
 */
export function lotSize(product: string, expiry: string): number | null {
  const history = Object.hasOwn(LOT_SIZES, product) ? LOT_SIZES[product] : [];
  return inForce(history, expiry);
}
