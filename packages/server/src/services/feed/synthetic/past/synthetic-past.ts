import type { UnstampedChain, UnstampedTick } from '@deltastream/recordings/source';
import {
  currentSessionStart,
  expiryInstant,
  lotSize,
  sessionsBefore,
  type TradingSession,
} from '@deltastream/reference';
import type { ValuesOf } from '../../../../kit/settings-fragment.ts';
import { type MarketPoint, marketView, type Strike } from '../chain-quotes.ts';
import { listedExpiries } from '../listed-expiries.ts';
import { priceSteps, roundToStep } from '../price-steps.ts';
import { createRandom, derivedSeed } from '../random.ts';
import type { SyntheticProduct } from '../synthetic-config.ts';
import type { SYNTHETIC } from '../synthetic-settings.ts';
import { createPastBook, type PastBook } from './past-book.ts';
import { createPricePath, isEndless, type SessionPath } from './price-path.ts';

export interface SyntheticPastConfig {
  /** Where the past ends and the live market begins, epoch ms. */
  readonly startMs: number;
  /** Sessions that opened before that. */
  readonly sessions: number;
  /** Between two chains of an expiry; three times that where a market never closes. */
  readonly stepMs: number;
  readonly expiries: number;
  readonly strikes: number;
  readonly seed: number;
}

/** What the settings of a generated market that began at an instant say of its past. */
export const pastConfig = (
  settings: Pick<
    ValuesOf<typeof SYNTHETIC.own>,
    'syntheticHistory' | 'pastStepMs' | 'expiries' | 'strikes' | 'seed'
  >,
  startMs: number,
): SyntheticPastConfig => ({
  startMs,
  sessions: settings.syntheticHistory,
  stepMs: settings.pastStepMs,
  expiries: settings.expiries,
  strikes: settings.strikes,
  seed: settings.seed,
});

export type PastItem =
  | { readonly kind: 'tick'; readonly tick: UnstampedTick }
  | { readonly kind: 'chain'; readonly chain: UnstampedChain };

/** What a generated product did before its live market began: a function of its configuration alone. */
export interface SyntheticPast {
  /** The instant of its last prices. */
  readonly endMs: number;
  /** The close before the session that the live market begins in. */
  readonly previousClose: number;
  /** Where the contracts of an expiry stand when the live market begins; null when it was not listed. */
  standing(expiry: string): readonly Strike[] | null;
  /** Ticks and chains in time order. The last is a tick, of the price that the live market begins with. */
  items(): Generator<PastItem>;
}

/** So that the bar of a step has a body. */
const TICKS_A_STEP = 2;
/** A day of 24 hours is not to cost four times a session of six. */
const ENDLESS_STEPS = 3;
/** How long before its end a session shows its last prices. */
const CLOSING_MS = 1_000;

/** Null where there is none: no session asked for, or none known. */
export function createSyntheticPast(
  product: SyntheticProduct,
  config: SyntheticPastConfig,
): SyntheticPast | null {
  const { info } = product;
  const { startMs, stepMs, seed } = config;
  const sessions = sessionsBefore(info, startMs, config.sessions);
  if (sessions.length === 0) return null;
  const stepOf = (session: TradingSession) => stepMs * (isEndless(session) ? ENDLESS_STEPS : 1);
  const instants = (session: TradingSession) => instantsOf(session, startMs, stepOf(session));
  const paths = createPricePath(product, sessions, instants, seed);
  const latest = paths[paths.length - 1];
  /** The live market begins in a session of its own, as on a day without trade. */
  const isOver = currentSessionStart(info.exchange, startMs) > latest.session.fromMs;
  const spotSteps = priceSteps(product.spotTick);
  const traded = (spot: number) => Math.max(product.spotTick, roundToStep(spotSteps, spot));
  const quoted = (point: MarketPoint): MarketPoint => ({ ...point, spot: traded(point.spot) });
  const randomOf = (what: string) => createRandom(derivedSeed(seed, `${info.symbol} ${what}`));

  const listings = new Map<TradingSession, { readonly opened: string[]; readonly ended: string[] }>();
  /** The expiries listed when a session opens, and those from the moment on at which one of them has expired. */
  function listingsOf(session: TradingSession) {
    const known = listings.get(session);
    if (known) return known;
    const at = (atMs: number) => listedExpiries(product, atMs, config.expiries);
    const opened = at(session.fromMs);
    const expiresAt = opened
      .map((expiry) => expiryInstant(info.exchange, expiry))
      .find((ms) => ms <= session.untilMs);
    const made = { opened, ended: expiresAt === undefined ? opened : at(expiresAt) };
    listings.set(session, made);
    return made;
  }

  /** Books by expiry as the sessions pass; `show` makes what is seen of each. */
  function* pass<T>(
    show: (path: SessionPath, listed: readonly PastBook[]) => Iterable<T>,
  ): Generator<T, PastBook[]> {
    let listed: PastBook[] = [];
    for (const [i, path] of paths.entries()) {
      const { session, opening, closing, before } = path;
      const { opened, ended } = listingsOf(session);
      listed = [...new Set([...opened, ...ended])]
        .sort()
        .map((expiry) => listed.find((book) => book.expiry === expiry) ?? bookOf(expiry, i === 0));
      for (const [rank, book] of listed.entries()) {
        book.open({
          opening: marketView(product, opening, book.expiryAt),
          closing: marketView(product, closing, book.expiryAt),
          before: marketView(product, before, book.expiryAt),
          activity: product.activity / (1 + 3 * rank),
          seconds: (session.untilMs - session.fromMs) / 1000,
          random: randomOf(`${book.expiry} ${session.date}`),
        });
      }
      yield* show(path, listed);
      if (path === latest && !isOver) break;
      for (const book of listed) book.close(marketView(product, quoted(closing), book.expiryAt));
    }
    return listed;
  }

  function bookOf(expiry: string, listedBefore: boolean): PastBook {
    const expiryAt = expiryInstant(info.exchange, expiry);
    const terms = { expiryAt, strikeStep: info.strikeStep, lotSize: lotSize(info.symbol, expiry) ?? 1 };
    return createPastBook(expiry, { ...terms, strikes: config.strikes }, listedBefore);
  }

  function* shown(path: SessionPath, listed: readonly PastBook[]): Generator<PastItem> {
    const { session } = path;
    const { opened, ended } = listingsOf(session);
    const randoms = listed.map(({ expiry }) => randomOf(`${expiry} ${session.date} quotes`));
    const previousClose = traded(path.before.spot);
    for (const exact of path.points()) {
      const point = quoted(exact);
      const { atMs: timestamp, spot } = point;
      const common = { product: info.symbol, timestamp, currency: info.currency, quality: [] };
      if (
        (timestamp - session.fromMs) % stepOf(session) === 0 ||
        timestamp === session.untilMs - CLOSING_MS
      ) {
        const current = listed.some(({ expiryAt }) => expiryAt <= timestamp) ? ended : opened;
        for (const book of listed.filter(({ expiry }) => current.includes(expiry))) {
          const { expiry, expiryAt, lotSize: lot_size } = book;
          const elapsed = elapsedOf(session, timestamp);
          const view = marketView(product, point, expiryAt, elapsed);
          const columns = book.quote(view, elapsed, randoms[listed.indexOf(book)]);
          const market = { spot, future: view.forward, lot_size, price_tick: view.steps.tick };
          yield { kind: 'chain', chain: { ...common, expiry, expiry_at: expiryAt, ...market, columns } };
        }
      }
      yield { kind: 'tick', tick: { ...common, price: spot, previous_close: previousClose } };
    }
  }

  let standing: ReadonlyMap<string, readonly Strike[]> | null = null;
  function standings(): ReadonlyMap<string, readonly Strike[]> {
    const passed = pass<never>(() => []).next().value;
    const point = quoted({ ...latest.closing, atMs: startMs });
    return new Map(
      passed.map((book) => {
        const view = marketView(product, point, book.expiryAt);
        return [book.expiry, book.standing(view, isOver ? 0 : elapsedOf(latest.session, startMs))];
      }),
    );
  }

  return {
    endMs: latest.closing.atMs,
    previousClose: traded(isOver ? latest.closing.spot : latest.before.spot),
    standing(expiry) {
      standing ??= standings();
      return standing.get(expiry) ?? null;
    },
    items: () => pass(shown),
  };
}

/** From the opening at even distances, and the closing of a session that has one, before the live market begins. */
function instantsOf(session: TradingSession, startMs: number, stepMs: number): readonly number[] {
  const { fromMs, untilMs } = session;
  const instants: number[] = [];
  const endMs = Math.min(untilMs, startMs);
  for (let atMs = fromMs; atMs < endMs; atMs += stepMs / TICKS_A_STEP) instants.push(atMs);
  const closingMs = untilMs - CLOSING_MS;
  if (!isEndless(session) && closingMs < startMs) instants.push(closingMs);
  return instants;
}

const elapsedOf = ({ fromMs, untilMs }: TradingSession, atMs: number): number =>
  Math.min(1, (atMs - fromMs) / (untilMs - fromMs));
