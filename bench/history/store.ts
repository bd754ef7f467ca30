import { type EnrichedChain, isoTime } from '@deltastream/contracts';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { createMarket } from '../store/market.ts';

export const SESSIONS = 90;
export const MINUTES = 375;
export const STRIKES = 60;
export const PRODUCT = 'NIFTY';
/** A Monday, at the opening in India. */
const FIRST_OPENING = Date.UTC(2026, 2, 2, 3, 45);
const DAY_MS = 86_400_000;
const EXPIRY_AT = FIRST_OPENING + 200 * DAY_MS;
export const EXPIRY = isoTime(EXPIRY_AT).slice(0, 10);

/** Openings of the sessions: weekdays. */
function* openings(): Generator<number> {
  for (let day = 0, taken = 0; taken < SESSIONS; day++) {
    if (day % 7 > 4) continue;
    taken += 1;
    yield FIRST_OPENING + day * DAY_MS;
  }
}

/** A store in the folder with one expiry of one product, a snapshot of 60 strikes a minute over 90 sessions. */
export async function fillStore(folder: string) {
  const market = createMarket(
    { products: 1, expiries: 1, strikes: STRIKES, variants: 40, seed: 3 },
    FIRST_OPENING,
    60_000,
  );
  const store = await createSqliteMarketStore({ folder, synchronous: 'normal' });
  let round = 0;
  for (const opening of openings()) {
    const session: EnrichedChain[] = [];
    for (let minute = 0; minute < MINUTES; minute++) {
      const [chain] = market.at(round++);
      const named = { product: PRODUCT, expiry: EXPIRY, expiry_at: EXPIRY_AT };
      session.push({ ...chain, ...named, timestamp: opening + minute * 60_000 });
    }
    await store.putSnapshots(session);
  }
  return store;
}
