import { SYNTHETIC_SESSIONS_SOURCE, SYNTHETIC_SOURCE } from '@deltastream/contracts';
import { createStamp, type Source, type SourceItem } from '@deltastream/recordings/source';
import { type Market, sessionFrom, type TradingSession } from '@deltastream/reference';
import { requireValid, withDefaults } from '../../../kit/settings-fragment.ts';
import type { Clock } from '../../../ports/clock.ts';
import { mostListed } from './listed-expiries.ts';
import { madeUpProduct } from './made-up-products.ts';
import { createSyntheticPast, pastConfig } from './past/synthetic-past.ts';
import { createProductMarket, type ProductMarket } from './product-market.ts';
import { createRandom, derivedSeed } from './random.ts';
import { type SyntheticConfig, syntheticProduct } from './synthetic-config.ts';
import { SYNTHETIC, syntheticProducts } from './synthetic-settings.ts';

interface Schedule {
  readonly market: ProductMarket;
  /** Whose sessions it keeps; null: none. */
  readonly kept: Market | null;
  session: TradingSession | null;
  /** Spreads the products over the interval, so that they do not all move at once. */
  readonly phase: number;
  ticks: number;
  chains: number;
  turn: number;
}

/**
 * Generated products, without an end: markets never close, or keep the sessions of their exchanges. The same configuration with the same seed and
 * start gives the same messages. `now` is given to a feed in real time only: after a stall longer than
 * `maxLagMs` it goes on at the present.
 *
 * Rejects with `invalid_setting` naming the setting.
 */
export function createSyntheticSource(
  config: SyntheticConfig & { startMs: number },
  now: Clock | null = null,
): Source {
  const settings = withDefaults(SYNTHETIC.defaults, config);
  requireValid('synthetic', SYNTHETIC.own, settings);
  const symbols = syntheticProducts(settings);
  const { startMs, chainIntervalMs, chainExpiries, maxLagMs } = settings;
  const tickIntervalMs = 1000 / settings.ticksPerSecond;
  const epoch = new Date(startMs).toISOString();
  const keepsHours = settings.hours === 'exchange';
  const name = keepsHours ? SYNTHETIC_SESSIONS_SOURCE : SYNTHETIC_SOURCE;
  const stamp = createStamp(epoch, name);
  const schedules = symbols.map((symbol, i): Schedule => {
    const random = createRandom(derivedSeed(settings.seed, symbol));
    const product = syntheticProduct(symbol, config);
    const past = madeUpProduct(symbol) ? null : createSyntheticPast(product, pastConfig(settings, startMs));
    const market = createProductMarket(product, settings, random, past);
    return {
      ...{ market, kept: keepsHours ? product.info : null, session: null },
      ...{ phase: i / symbols.length, ticks: 0, chains: 0, turn: 0 },
    };
  });
  let emitted = 0;
  let closed = false;

  const dueOf = (count: number, phase: number, interval: number) =>
    startMs + Math.floor((count + phase) * interval);
  const tickDue = ({ ticks, phase }: Schedule) => dueOf(ticks, phase, tickIntervalMs);
  const chainDue = ({ chains, phase }: Schedule) => dueOf(chains, phase, chainIntervalMs);

  const nextDue = (schedule: Schedule) => Math.min(tickDue(schedule), chainDue(schedule));

  function skipTo(schedule: Schedule, atMs: number): void {
    schedule.ticks = Math.max(schedule.ticks, Math.ceil((atMs - startMs) / tickIntervalMs));
    schedule.chains = Math.max(schedule.chains, Math.ceil((atMs - startMs) / chainIntervalMs));
  }

  function skipStall(schedule: Schedule): void {
    if (now && nextDue(schedule) < now.now() - maxLagMs) skipTo(schedule, now.now());
  }

  /** What would be due while the exchange is closed is due from its next opening on; false where none is known. */
  function skipClosed(schedule: Schedule): boolean {
    const { kept } = schedule;
    if (kept === null) return true;
    const due = nextDue(schedule);
    if (schedule.session === null || schedule.session.untilMs <= due) {
      schedule.session = sessionFrom(kept, due);
    }
    if (schedule.session === null) return false;
    if (due < schedule.session.fromMs) skipTo(schedule, schedule.session.fromMs);
    return true;
  }

  function* chainsOf(schedule: Schedule, atMs: number): Generator<SourceItem> {
    const { market } = schedule;
    const expiries = market.expiries(atMs);
    if (expiries === 0) return;
    const first = chainExpiries === 'one' ? schedule.turn++ % expiries : 0;
    const count = chainExpiries === 'one' ? 1 : expiries;
    for (let n = first; n < first + count; n++) {
      yield { kind: 'chain', chain: stamp.chain(market.chain(atMs, n)) };
    }
  }

  async function* items(): AsyncGenerator<SourceItem> {
    while (!closed) {
      let next = schedules[0];
      let due = Number.POSITIVE_INFINITY;
      for (const schedule of schedules) {
        skipStall(schedule);
        if (!skipClosed(schedule)) continue;
        const earliest = nextDue(schedule);
        if (earliest < due) [next, due] = [schedule, earliest];
      }
      // The calendars end before the market does.
      if (due === Number.POSITIVE_INFINITY) return;
      emitted++;
      if (tickDue(next) <= chainDue(next)) {
        next.ticks++;
        yield { kind: 'tick', tick: stamp.tick(next.market.tick(due)) };
      } else {
        next.chains++;
        yield* chainsOf(next, due);
      }
    }
  }

  return {
    name,
    epoch,
    expectedIntervalMs:
      now === null ? null : chainIntervalMs * (chainExpiries === 'one' ? mostListed(settings.expiries) : 1),
    [Symbol.asyncIterator]: items,
    progress: () => ({ position: emitted, total: null, unit: 'records' }),
    close: async () => {
      closed = true;
    },
  };
}
