import { type EnrichedChain, IV_STATUSES } from '@deltastream/contracts';
import { black76Price, type SviParameters, sviVolatility } from '@deltastream/quant';
import { chainOf } from '../../stored-chain.fixture.ts';

const OK = IV_STATUSES.indexOf('ok');
/** Total variances of a twentieth of a year. */
export const CURVE: SviParameters = { a: 0.002, b: 0.03, rho: -0.4, m: 0.01, sigma: 0.08 };
const CURVE_YEARS = 0.05;

/** A chain whose volatilities lie on a curve, quoted a twentieth of a unit to either side. */
export function curvedChain(
  product: string,
  expiry: string,
  timestamp: number,
  { years = CURVE_YEARS, points = 21 } = {},
): EnrichedChain {
  const strike = Array.from(
    { length: points },
    (_, i) => 100 * Math.exp(-0.2 + (0.4 * i) / (points - 1 || 1)),
  );
  const iv = strike.map((each) => sviVolatility(CURVE, Math.log(each / 100), CURVE_YEARS));
  const status = strike.map(() => OK);
  const price = (side: 1 | -1) => strike.map((each, i) => black76Price(100, each, years, iv[i], 1, side));
  const quotes = (prices: number[], by: number) => prices.map((each) => Math.max(0, each + by));
  const [call, put] = [price(1), price(-1)];
  return chainOf(
    product,
    expiry,
    timestamp,
    {
      strike,
      call_iv: iv,
      put_iv: iv,
      call_iv_status: status,
      put_iv_status: status,
      call_bid: quotes(call, -0.05),
      call_ask: quotes(call, 0.05),
      put_bid: quotes(put, -0.05),
      put_ask: quotes(put, 0.05),
    },
    { forward: 100, year_fraction: years, rate: 0, atm_iv: sviVolatility(CURVE, 0, CURVE_YEARS) },
  );
}
