import type { TradingSession } from '@deltastream/reference';
import type { MarketPoint } from '../chain-quotes.ts';
import { persistence, SESSIONS_A_YEAR, VOLATILITY_DYNAMICS } from '../market-dynamics.ts';
import { createRandom, derivedSeed } from '../random.ts';
import type { SyntheticProduct } from '../synthetic-config.ts';

/** One session of a product's past, as far as it has gone. */
export interface SessionPath {
  readonly session: TradingSession;
  /** The last point of the session before it. */
  readonly before: MarketPoint;
  /** First and last point; the last is what the next session, or the live market, goes on from. */
  readonly opening: MarketPoint;
  readonly closing: MarketPoint;
  /** The point at each of the session's instants, from the opening to the closing. */
  points(): Generator<MarketPoint>;
}

/**
 * Share of a day's variance that comes while the market is closed, weekends like nights: information comes mostly in
 * trading hours (K. French, R. Roll, "Stock return variances", Journal of Financial Economics 17, 1986).
 */
const NIGHT_SHARE = 0.3;
const { leverage: LEVERAGE, spread: VOLATILITY_SPREAD, realisedShare: REALISED_SHARE } = VOLATILITY_DYNAMICS;
const OTHER = Math.sqrt(1 - LEVERAGE * LEVERAGE);

/**
 * Price and at-the-money volatility over sessions, oldest first, that end at the product's spot and volatility: made
 * from the end backwards, since a Brownian motion and a stationary Ornstein-Uhlenbeck process look the same in both
 * directions. What a session draws depends on the seed, the product and its date alone. `instantsOf` gives the
 * instants of a session, at least one.
 */
export function createPricePath(
  product: SyntheticProduct,
  sessions: readonly TradingSession[],
  instantsOf: (session: TradingSession) => readonly number[],
  seed: number,
): SessionPath[] {
  const { info, smile } = product;
  const paths: SessionPath[] = [];
  /** Logarithms of price and of volatility over its mean. */
  let price = Math.log(product.spot);
  let tension = 0;
  const pointAt = (atMs: number, logPrice: number, excess: number): MarketPoint => ({
    atMs,
    spot: Math.exp(logPrice),
    volatility: smile.volatility * Math.exp(excess),
  });
  for (let i = sessions.length - 1; i >= 0; i--) {
    const session = sessions[i];
    const instants = instantsOf(session);
    const random = createRandom(derivedSeed(seed, `${info.symbol} ${session.date}`));
    const last = instants[instants.length - 1];
    const length = session.untilMs - session.fromMs;
    const perYear = isEndless(session) ? 365 : SESSIONS_A_YEAR;
    const nightShare = isEndless(session) ? 0 : NIGHT_SHARE;
    const elapsed = (last - session.fromMs) / length;
    const daily = smile.volatility * Math.exp(tension) * REALISED_SHARE * Math.sqrt(1 / perYear);
    const drift = product.drift / perYear - 0.5 * daily * daily;
    const [byDay, byNight, other] = [random.normal(), random.normal(), random.normal()];
    const daySpread = daily * Math.sqrt((1 - nightShare) * elapsed);
    const keeps = persistence(elapsed);
    const excessSpread = VOLATILITY_SPREAD * Math.sqrt(1 - keeps * keeps);
    const [closePrice, closeTension] = [price, tension];
    const openPrice = price - daySpread * byDay - drift * (1 - nightShare) * elapsed;
    const openTension = tension * keeps - excessSpread * (LEVERAGE * byDay + OTHER * other);
    price = openPrice - daily * Math.sqrt(nightShare) * byNight - drift * nightShare;
    tension = openTension;
    const before = pointAt(sessions[i - 1]?.untilMs ?? session.fromMs, price, tension);
    paths.unshift({
      session,
      before,
      opening: pointAt(session.fromMs, openPrice, openTension),
      closing: pointAt(last, closePrice, closeTension),
      *points() {
        const spread = (of: number) => of / Math.sqrt(Math.max(1, instants.length - 1));
        const prices = bridge(instants.length, spread(daySpread), random.normal);
        const others = bridge(instants.length, spread(excessSpread * OTHER), random.normal);
        const leverage = daySpread > 0 ? (LEVERAGE * excessSpread) / daySpread : 0;
        for (const [k, atMs] of instants.entries()) {
          const share = instants.length > 1 ? k / (instants.length - 1) : 1;
          yield pointAt(
            atMs,
            openPrice + (closePrice - openPrice) * share + prices[k],
            openTension + (closeTension - openTension) * share + leverage * prices[k] + others[k],
          );
        }
      },
    });
  }
  return paths;
}

/** True for the day of a market that never closes. */
export const isEndless = ({ fromMs, untilMs }: TradingSession): boolean => untilMs - fromMs >= 86_400_000;

/** A random walk of that many points that begins and ends at 0; `spread` is of one step. */
function bridge(points: number, spread: number, normal: () => number): Float64Array {
  const walk = new Float64Array(points);
  for (let k = 1; k < points; k++) walk[k] = walk[k - 1] + spread * normal();
  const end = walk[points - 1];
  for (let k = 1; k < points; k++) walk[k] -= (end * k) / (points - 1);
  return walk;
}
