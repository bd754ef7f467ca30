import { type EnrichedChain, isoTime } from '@deltastream/contracts';
import { createMarket } from '../store/market.ts';

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** A Monday, at the opening in India. */
const FIRST_OPENING = Date.UTC(2025, 2, 3, 3, 45);
const EXPIRY_AT = FIRST_OPENING + 400 * DAY_MS;
export const EXPIRY = isoTime(EXPIRY_AT).slice(0, 10);
const SESSION_MINUTES = 375;

export interface SessionShape {
  readonly products: readonly string[];
  readonly sessions: number;
  readonly strikes: number;
  /** Between two snapshots of a product. */
  readonly stepMs: number;
}

/** Openings of sessions: weekdays. */
function openingOf(session: number): number {
  return FIRST_OPENING + (Math.floor(session / 5) * 7 + (session % 5)) * DAY_MS;
}

/** Chains of one expiry of each product, a batch for each instant of each session, in the order of time. */
export function* sessionChains({
  products,
  sessions,
  strikes,
  stepMs,
}: SessionShape): Generator<readonly EnrichedChain[]> {
  const shape = { products: 1, expiries: 1, strikes, variants: 40, seed: 3 };
  const market = createMarket(shape, FIRST_OPENING, stepMs);
  let round = 0;
  for (let session = 0; session < sessions; session++) {
    for (let ms = 0; ms < SESSION_MINUTES * MINUTE_MS; ms += stepMs) {
      const timestamp = openingOf(session) + ms;
      const [chain] = market.at(round++);
      yield products.map((product) => ({
        ...chain,
        product,
        expiry: EXPIRY,
        expiry_at: EXPIRY_AT,
        timestamp,
      }));
    }
  }
}
