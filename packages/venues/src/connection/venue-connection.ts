import { type Market, sessionPhase } from '@deltastream/reference';
import type { Instrument, InstrumentId, InstrumentList, OptionInstrument } from '../instrument.ts';
import type { QuoteSink } from '../meaning.ts';
import { PollFailure, type Venue } from '../venue.ts';
import { unexpectedExpiries } from './listings/unexpected-expiries.ts';
import type { ConnectionPorts } from './ports.ts';
import { createPollLoop } from './requests/poll-loop.ts';
import { createRequestLoop } from './requests/request-loop.ts';
import { type VenueReport, venueReport } from './venue-report.ts';
import { createWirePool } from './wire/wire-pool.ts';

/** Times in ms. */
export interface VenueConnectionSettings {
  /** Between two requests for the list of instruments. */
  readonly reloadMs: number;
  /** The same where the venue said that something new is listed. */
  readonly relistMs: number;
  /** Longest time of one request over HTTP. */
  readonly requestMs: number;
  /** Wait after a failed request: doubled from the first to the last, with jitter. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Longest time that closing a connection properly may take. */
  readonly closeMs: number;
}

/** Keeps lists of instruments, for a time at which the venue cannot be asked. Neither of its functions rejects. */
export interface ListKeeper {
  /** The newest list that was kept, of contracts that have not ceased; null where it does not know all of the products. */
  load(venue: string, products: readonly string[]): Promise<InstrumentList | null>;
  save(venue: string, list: InstrumentList): Promise<void>;
}

export interface VenueConnectionOptions {
  readonly venue: Venue;
  readonly products: readonly string[];
  readonly sink: QuoteSink;
  /** Where the quotes of requests over HTTP go, where that is another. */
  readonly polled?: QuoteSink;
  /** A WebSocket that was there before is back: these are subscribed anew, and quotes of before are not repeated. */
  readonly reconnected: (ids: Iterable<InstrumentId>) => void;
  /** Called with each list of instruments, from the first on; `follow` is called in it or later. */
  readonly loaded: (list: InstrumentList) => void;
  readonly settings: VenueConnectionSettings;
  /** Without one nothing is kept. */
  readonly keeper?: ListKeeper;
  /** The next instant (epoch ms) after one at which the list is asked for, besides `reloadMs`. */
  readonly nextListAt?: (after: number) => number;
}

/** Everything that is connected to one venue: its list of instruments, its WebSockets, its polls. */
export interface VenueConnection {
  start(): void;
  /** Asks for the list again, at most each `relistMs`. */
  relist(): void;
  /** The options to follow from now on, of the list. What is followed already is not touched. */
  follow(list: InstrumentList, options: readonly OptionInstrument[]): void;
  report(): VenueReport;
  /** Bounded by `closeMs`. */
  close(): Promise<void>;
}

/** A venue in maintenance may list nothing of a product for some minutes; one that ended is gone for good. */
const LOOKS_AT_LOSS = 5;
/** A daily list is asked for within so long after its instant: not by everybody at once. */
const LIST_SPREAD_MS = 60_000; // Long beside a request, short beside the time to the session.
/** Between two looks, ms: lists are large. */
const LOSS_LOOK_MS = 60_000;

export function createVenueConnection(
  {
    venue,
    products,
    sink,
    polled = sink,
    reconnected,
    loaded,
    settings,
    keeper,
    nextListAt,
  }: VenueConnectionOptions,
  ports: ConnectionPorts,
): VenueConnection {
  let listed = 0;
  let offered: ReadonlySet<string> = new Set();
  let looks = 0;
  let options: readonly OptionInstrument[] = [];
  let markets: readonly Market[] = [];
  /** Epoch ms of the list in use; null before the first. */
  let listedAt: number | null = null;
  /** Of the list in use, what was said of its expiries. */
  let unexpected: ReadonlySet<string> = new Set();
  let closed = false;

  const lists = createRequestLoop(
    {
      ...settings,
      name: `${venue.name} instruments`,
      kind: 'list',
      intervalMs: settings.reloadMs,
      leastIntervalMs: settings.relistMs,
      deadlineMs: settings.requestMs,
      ...(nextListAt && {
        dueInMs: () => nextListAt(ports.clock.now()) - ports.clock.now() + ports.random() * LIST_SPREAD_MS,
      }),
      standIn: () =>
        listedAt === null || looks > 0 ? null : `the list of ${new Date(listedAt).toISOString()} is used`,
      async run(signal, counts) {
        const list = await venue.instruments(products, signal).catch(async (error: unknown) => {
          await useKept();
          throw error;
        });
        if (signal.aborted) return 0;
        for (const [reason, count] of list.rejected) {
          counts.rejected += count;
          ports.log.event('venue_instruments_not_understood', { venue: venue.name, reason, count });
        }
        if (list.instruments.length === 0) {
          await useKept();
          throw new Error(`${venue.name} lists no options of ${products.join()}`);
        }
        believe(list);
        use(list);
        void keeper?.save(venue.name, list);
        return listed;
      },
    },
    ports,
  );

  function use(list: InstrumentList): void {
    listed = list.instruments.length;
    listedAt = list.asOf;
    markets = marketsOf(list.instruments);
    tellUnexpected(list);
    loaded(list);
  }

  /** Once for the same expiries: a list comes several times a day. What no calendar covers is said of chains and at the start. */
  function tellUnexpected(list: InstrumentList): void {
    const found = unexpectedExpiries(list);
    for (const { product, flag, expiries } of found) {
      if (unexpected.has(`${product} ${flag} ${expiries}`)) continue;
      ports.log.event('venue_expiry_unexpected', { venue: venue.name, product, flag, expiries });
    }
    unexpected = new Set(found.map(({ product, flag, expiries }) => `${product} ${flag} ${expiries}`));
  }

  /** A start without the venue's list is one with the last that was kept. */
  async function useKept(): Promise<void> {
    if (listedAt !== null) return;
    const list = (await keeper?.load(venue.name, products)) ?? null;
    if (list === null || closed || listedAt !== null) return;
    ports.log.event('venue_instruments_kept_used', { venue: venue.name, as_of: list.asOf });
    venue.restore?.(list);
    offered = productsWithOptions(list);
    use(list);
  }

  /** Throws where options of a product are gone, until that was seen several times: it would end all that is followed of it. */
  function believe(list: InstrumentList): void {
    const now = productsWithOptions(list);
    const gone = [...offered].filter((product) => !now.has(product));
    if (gone.length > 0 && looks < LOOKS_AT_LOSS) {
      looks++;
      throw new PollFailure(
        `${venue.name} lists no options of ${gone.join()} any more; they stay until it has said so ${LOOKS_AT_LOSS + 1} times`,
        LOSS_LOOK_MS,
      );
    }
    looks = 0;
    offered = now;
  }

  const pool =
    venue.wire &&
    createWirePool(
      {
        name: venue.name,
        protocol: venue.wire,
        sink,
        reconnected,
        // An auction has no continuous quotes, so that none is missed in it.
        quotesExpected: () =>
          markets.some((market) => sessionPhase(market, ports.clock.now()) === 'continuous'),
        closeMs: settings.closeMs,
      },
      ports,
    );
  const polls = venue.polls.map((poll) =>
    createPollLoop(
      {
        ...{ venue: venue.name, poll, sink: polled, options: () => options },
        deadlineMs: settings.requestMs,
        firstRetryMs: settings.firstRetryMs,
        lastRetryMs: settings.lastRetryMs,
      },
      ports,
    ),
  );

  return {
    start() {
      lists.start();
      for (const poll of polls) poll.start();
    },
    relist: lists.soon,
    follow(list, followed) {
      options = followed;
      pool?.want(followed.length === 0 ? [] : venue.subscriptions(list, followed));
    },
    report() {
      const parts = [lists, ...polls].map((loop) => loop.report());
      return venueReport(venue.name, [...parts, ...(pool?.report() ?? [])], {
        listed,
        leftOut: pool?.leftOut() ?? 0,
      });
    },
    async close() {
      closed = true;
      lists.close();
      for (const poll of polls) poll.close();
      await pool?.close();
    },
  };
}

function marketsOf(instruments: readonly Instrument[]): Market[] {
  const markets = new Map<string, Market>();
  for (const { listing } of instruments) {
    const { exchange, kind } = listing;
    markets.set(`${exchange} ${kind}`, { exchange, kind });
  }
  return [...markets.values()];
}

const productsWithOptions = ({ instruments }: InstrumentList): ReadonlySet<string> =>
  new Set(instruments.flatMap(({ kind, listing }) => (kind === 'option' ? [listing.symbol] : [])));
