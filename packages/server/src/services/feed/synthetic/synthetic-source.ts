import { SYNTHETIC_SOURCE } from '@deltastream/contracts';
import { createStamp, type Source, type SourceItem } from '@deltastream/recordings/source';
import { requireValid, withDefaults } from '../../../kit/settings-fragment.ts';
import type { Clock } from '../../../ports/clock.ts';
import { mostListed } from './listed-expiries.ts';
import { createSyntheticPast, pastConfig } from './past/synthetic-past.ts';
import { createProductMarket, type ProductMarket } from './product-market.ts';
import { createRandom, derivedSeed } from './random.ts';
import { type SyntheticConfig, syntheticProduct } from './synthetic-config.ts';
import { DEFAULT_PRODUCTS, SYNTHETIC } from './synthetic-settings.ts';

interface Schedule {
  readonly market: ProductMarket;
  /** Spreads the products over the interval, so that they do not all move at once. */
  readonly phase: number;
  ticks: number;
  chains: number;
  turn: number;
}

/**
 * Generated products, without an end: markets never close. The same configuration with the same seed and
 * start gives the same messages. `now` is given to a feed in real time only: after a stall longer than
 * `maxLagMs` it goes on at the present.
 *
 * Rejects with `invalid_setting` naming the setting.
 */
export function createSyntheticSource(
  config: SyntheticConfig & { startMs: number },
  now: Clock | null = null,
): Source {
  const settings = withDefaults({ products: DEFAULT_PRODUCTS, ...SYNTHETIC.defaults }, config);
  requireValid('synthetic', SYNTHETIC.own, settings);
  const { startMs, chainIntervalMs, chainExpiries, maxLagMs } = settings;
  const tickIntervalMs = 1000 / settings.ticksPerSecond;
  const epoch = new Date(startMs).toISOString();
  const stamp = createStamp(epoch, SYNTHETIC_SOURCE);
  const schedules = settings.products.map((symbol, i): Schedule => {
    const random = createRandom(derivedSeed(settings.seed, symbol));
    const product = syntheticProduct(symbol, config);
    const past = createSyntheticPast(product, pastConfig(settings, startMs));
    const market = createProductMarket(product, settings, random, past);
    return { market, phase: i / settings.products.length, ticks: 0, chains: 0, turn: 0 };
  });
  let emitted = 0;
  let closed = false;

  const dueOf = (count: number, phase: number, interval: number) =>
    startMs + Math.floor((count + phase) * interval);
  const tickDue = ({ ticks, phase }: Schedule) => dueOf(ticks, phase, tickIntervalMs);
  const chainDue = ({ chains, phase }: Schedule) => dueOf(chains, phase, chainIntervalMs);

  function skipStall(schedule: Schedule): void {
    if (!now) return;
    const present = now.now();
    if (Math.min(tickDue(schedule), chainDue(schedule)) >= present - maxLagMs) return;
    schedule.ticks = Math.max(schedule.ticks, Math.ceil((present - startMs) / tickIntervalMs));
    schedule.chains = Math.max(schedule.chains, Math.ceil((present - startMs) / chainIntervalMs));
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
        const earliest = Math.min(tickDue(schedule), chainDue(schedule));
        if (earliest < due) [next, due] = [schedule, earliest];
      }
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
    name: SYNTHETIC_SOURCE,
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
