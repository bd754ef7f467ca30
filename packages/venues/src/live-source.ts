import type { Rejection, SourceItem } from '@deltastream/recordings/source';
import {
  createStamp,
  type Source,
  type UnstampedChain,
  type UnstampedTick,
} from '@deltastream/recordings/source';
import { createWatchdogLog } from './book/watchdog-log.ts';
import type { Watchdog } from './book/watchdogs.ts';
import {
  type ConnectionPorts,
  createVenueConnection,
  type ListKeeper,
  type VenueConnection,
  type VenueConnectionSettings,
  type VenueReport,
} from './connection/index.ts';
import type { InstrumentId, InstrumentList, OptionInstrument } from './instrument.ts';
import type { QuoteSink } from './meaning.ts';
import type { RawTap } from './raw/raw-tap.ts';
import type { DelayedQuotes, Selection, Venue } from './venue.ts';

/** What the quotes of one venue become. Its memory is bounded by the instruments listed. */
export interface ChainBook extends QuoteSink {
  /** A newer list: what is on it no longer has ended. */
  list(list: InstrumentList): void;
  /** The options to follow at present; the same array while nothing changed. */
  followed(nowMs: number): readonly OptionInstrument[];
  /** Each chain that changed since it was taken, made when it is asked for, so that a slow reader gets the latest. */
  takeChains(nowMs: number): Iterable<UnstampedChain>;
  /** Prices of underlyings since they were last taken, in time order; a bounded number of each. */
  takeTicks(): Iterable<UnstampedTick>;
  /** The connection of these was made anew: what comes with it is held to what was there before. */
  reconnected(ids: Iterable<InstrumentId>): void;
  /** What is wrong at present, by product, whether or not chains are taken. */
  watchdogs(): readonly Watchdog[];
}

/** A venue and what is followed of it. */
export interface LiveMarket {
  readonly venue: Venue;
  readonly selection: Selection;
  /** The next instant (epoch ms) after one at which its list of instruments is asked for; without it by the interval alone. */
  readonly nextListAt?: (after: number) => number;
}

export interface LiveSourcePorts extends ConnectionPorts {
  readonly createBook: (market: LiveMarket) => ChainBook;
  /** Keeps lists of instruments; without it nothing is kept. */
  readonly keeper?: ListKeeper;
  /** Keeps what is received, by market in their order; without it nothing is kept. */
  readonly raw?: RawTap;
}

export interface LiveSourceSettings extends VenueConnectionSettings {
  /** How often chains that changed are given, ms. */
  readonly cadenceMs: number;
}

/** How a venue is, and what is wrong with its quotes. */
export interface MarketReport extends VenueReport {
  readonly watchdogs: readonly Watchdog[];
}

/** The present, without an end: whatever a venue does, the others go on, and it is connected anew. */
export interface LiveSource extends Source {
  /** How each venue is, in the order of the markets; empty before the first message is asked for. */
  report(): MarketReport[];
  /** How often a product is given anew while it is quoted, ms: the cadence, or as its venue gives pages. */
  intervalMsOf(product: string): number;
}

/** Rejected parts kept until the reader takes them; all are counted in the reports, further ones are not passed on. */
const MOST_REJECTIONS_KEPT = 200;

/** How often it is looked what is wrong with quotes, for the log, ms: as it is in `/api/status` within 3 s. */
const WATCH_MS = 1_000; // Heartbeats, which tell the same, come twice as often.

interface Market {
  readonly name: string;
  readonly place: number;
  readonly tellWatchdogs: (now: readonly Watchdog[]) => void;
  readonly book: ChainBook;
  readonly connection: VenueConnection;
  list: InstrumentList | null;
  followed: readonly OptionInstrument[] | null;
}

/**
 * Follows markets and gives their chains at the cadence, those that changed. Of what a slow reader leaves, the latest state of
 * each chain is kept and nothing else, so that memory is bounded. Throws where two markets have a product in common.
 */
export function createLiveSource(
  markets: readonly LiveMarket[],
  ports: LiveSourcePorts,
  settings: LiveSourceSettings,
): LiveSource {
  requireDisjoint(markets);
  const { raw } = ports;
  const clock = raw?.clock ?? ports.clock;
  const name = markets.map(({ venue }) => venue.name).join(',');
  const epoch = new Date(clock.now()).toISOString();
  raw?.begin({ epoch, source: name });
  const stamp = createStamp(epoch, name);
  const rejections: SourceItem[] = [];
  const intervals = new Map(
    markets.flatMap(({ venue: { delayed }, selection }) =>
      selection.products.map((each) => [each, longestSilence(delayed, each)]),
    ),
  );
  let open: readonly Market[] = [];
  let given = 0;
  let closing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let watching: NodeJS.Timeout | undefined;
  let wake: () => void = () => undefined;

  function start(): void {
    open = markets.map(connect);
    for (const { connection } of open) connection.start();
    timer = setInterval(() => {
      for (const market of open) follow(market);
      wake();
    }, settings.cadenceMs);
    watching = setInterval(() => {
      for (const market of open) market.tellWatchdogs(watchdogsOf(market));
    }, WATCH_MS);
  }

  function connect(given: LiveMarket, place: number): Market {
    const { selection } = given;
    const wire = given.venue.wire && raw ? raw.protocolOf(place, given.venue.wire) : given.venue.wire;
    const venue = { ...given.venue, wire };
    const book = ports.createBook(given);
    const sink: QuoteSink = {
      quote: (quote) => book.quote(quote),
      state: (id, state, at) => book.state(id, state, at),
      listed(id) {
        book.listed(id);
        market.connection.relist();
      },
      rejected: (rejection, reason) => reject(venue.name, rejection, reason),
    };
    const connection = createVenueConnection(
      {
        venue,
        products: selection.products,
        sink,
        polled: raw?.polled(place, sink),
        reconnected: raw ? raw.reconnecting(place, book.reconnected) : book.reconnected,
        loaded(list) {
          raw?.list(place, list);
          book.list(list);
          market.list = list;
          market.followed = null;
          follow(market);
        },
        settings,
        keeper: ports.keeper,
        nextListAt: given.nextListAt,
      },
      ports,
    );
    const tellWatchdogs = createWatchdogLog(venue.name, ports.log);
    const market: Market = {
      ...{ name: venue.name, place, tellWatchdogs, book, connection },
      ...{ list: null, followed: null },
    };
    return market;
  }

  /** Subscribes what a window that moved, or a new list, brings, and unsubscribes what it leaves behind. */
  function follow(market: Market): void {
    if (market.list === null) return;
    raw?.asked(market.place, 'followed');
    const followed = market.book.followed(clock.now());
    if (followed === market.followed) return;
    market.followed = followed;
    market.connection.follow(market.list, followed);
  }

  function watchdogsOf({ place, book }: Market): readonly Watchdog[] {
    raw?.asked(place, 'checked');
    return book.watchdogs();
  }

  function reject(venue: string, rejection: Rejection, reason: string): void {
    if (rejections.length >= MOST_REJECTIONS_KEPT) return;
    rejections.push({ kind: 'rejected', rejection, where: { file: venue }, reason });
  }

  async function* items(): AsyncGenerator<SourceItem> {
    if (closing || open.length > 0) return;
    start();
    try {
      while (!closing) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        for (const rejection of rejections.splice(0)) {
          given++;
          yield rejection;
        }
        raw?.taking();
        const items = changes();
        for (;;) {
          raw?.taken();
          const { value: item, done } = items.next();
          if (closing) return;
          if (done) break;
          given++;
          yield item;
        }
      }
    } finally {
      await close();
    }
  }

  function* changes(): Generator<SourceItem> {
    for (const { name: source, book } of open) {
      for (const tick of book.takeTicks()) yield { kind: 'tick', tick: stamp.tick({ ...tick, source }) };
      for (const chain of book.takeChains(clock.now()))
        yield { kind: 'chain', chain: stamp.chain({ ...chain, source }) };
    }
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      clearInterval(timer);
      clearInterval(watching);
      wake();
      await Promise.all(open.map(({ connection }) => connection.close()));
    })();
    return closing;
  }

  return {
    name,
    epoch,
    expectedIntervalMs: settings.cadenceMs,
    [Symbol.asyncIterator]: items,
    progress: () => ({ position: given, total: null, unit: 'records' }),
    intervalMsOf: (product) => Math.max(settings.cadenceMs, intervals.get(product) ?? 0),
    report: () => open.map((market) => ({ ...market.connection.report(), watchdogs: watchdogsOf(market) })),
    close,
  };
}

/** After an opening nothing changes for as long as quotes are late. */
const longestSilence = (delayed: DelayedQuotes | undefined, product: string): number =>
  delayed ? Math.max(delayed.intervalMs(product), delayed.delayMs) : 0;

function requireDisjoint(markets: readonly LiveMarket[]): void {
  const venueOf = new Map<string, string>();
  for (const { venue, selection } of markets) {
    for (const product of selection.products) {
      const other = venueOf.get(product);
      if (other !== undefined)
        throw new RangeError(`${product} is followed at ${other} and at ${venue.name}: one venue a product`);
      venueOf.set(product, venue.name);
    }
  }
}
