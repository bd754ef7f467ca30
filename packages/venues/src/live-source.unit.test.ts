import type { SourceItem, UnstampedChain, UnstampedTick } from '@deltastream/recordings/source';
import { listedOn } from '@deltastream/reference';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Watchdog } from './book/watchdogs.ts';
import { scriptedPorts, wordProtocol } from './connection/connection.fixture.ts';
import type { InstrumentId, InstrumentList, OptionInstrument } from './instrument.ts';
import { type ChainBook, createLiveSource, type LiveMarket } from './live-source.ts';
import type { QuoteSink } from './meaning.ts';
import type { Venue } from './venue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'timers that a closed source left').toBe(0);
  vi.useRealTimers();
});

const settings = {
  ...{ cadenceMs: 250, reloadMs: 86_400_000, relistMs: 1_000, requestMs: 1_000 },
  ...{ firstRetryMs: 100, lastRetryMs: 1_000, closeMs: 100 },
};

/** Counts what comes of each product; a chain of it is its count as the spot. */
function countingBook({ selection }: LiveMarket): ChainBook & {
  window: readonly OptionInstrument[] | null;
  readonly reconnects: InstrumentId[][];
  wrong: Watchdog[];
} {
  const counts = new Map<InstrumentId, number>();
  const changed = new Set<InstrumentId>();
  let listed: readonly OptionInstrument[] = [];
  const nothing = () => undefined;
  const book = {
    window: null as readonly OptionInstrument[] | null,
    list({ instruments }: InstrumentList) {
      listed = instruments.filter((each) => each.kind === 'option');
    },
    followed: () => book.window ?? listed,
    quote({ id }: Parameters<QuoteSink['quote']>[0]) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      changed.add(id);
    },
    *takeChains(): Generator<UnstampedChain> {
      for (const id of changed) {
        changed.delete(id);
        yield { product: selection.products[0], expiry: String(id), spot: counts.get(id) } as UnstampedChain;
      }
    },
    takeTicks: () => [] as UnstampedTick[],
    reconnects: [] as InstrumentId[][],
    reconnected: (ids: Iterable<InstrumentId>) => void book.reconnects.push([...ids]),
    wrong: [{ kind: 'stall', product: selection.products[0], forMs: 5, detail: 'no quote' }] as Watchdog[],
    watchdogs: () => book.wrong,
    ...{ state: nothing, listed: nothing, rejected: nothing },
  };
  return book;
}

const option = (id: string) =>
  ({ kind: 'option', id, listing: listedOn('DERIBIT', 'BTC') }) as OptionInstrument;

function venueOf(
  name: string,
  lists: () => readonly OptionInstrument[] = () => [option('a'), option('b')],
): Venue {
  return {
    name,
    instruments: async () => ({ asOf: 0, instruments: lists(), rejected: new Map() }),
    subscriptions: (_list, options) => options.map(({ id }) => id),
    wire: wordProtocol({ burst: 100 }),
    ...{ polls: [], volume: 'rolling' },
  };
}

async function followed(venues: readonly Venue[] = [venueOf('deribit')]) {
  const scripted = scriptedPorts();
  const books: ReturnType<typeof countingBook>[] = [];
  const createBook = (market: LiveMarket) => {
    const book = countingBook(market);
    books.push(book);
    return book;
  };
  const markets = venues.map((venue, i) => ({
    venue,
    selection: { products: [`P${i}`], expiries: 'all', strikes: 'all' } as const,
  }));
  const source = createLiveSource(markets, { ...scripted.ports, createBook }, settings);
  const iterator = source[Symbol.asyncIterator]();
  const taken: SourceItem[] = [];
  /** Lets so much time pass and takes up to `most` items. */
  const take = async (ms: number, most = 100) => {
    const from = taken.length;
    let open = true;
    const reading = (async () => {
      while (open && taken.length - from < most) {
        const { value, done } = await (pending ?? iterator.next());
        pending = null;
        if (done) return;
        taken.push(value);
      }
    })();
    await vi.advanceTimersByTimeAsync(ms);
    open = false;
    void reading;
    return taken.slice(from);
  };
  let pending: Promise<IteratorResult<SourceItem>> | null = iterator.next();
  await vi.advanceTimersByTimeAsync(10);
  for (const { handlers } of scripted.sockets) {
    handlers.opened();
    handlers.message('ready');
  }
  return { ...scripted, source, books, take, iterator };
}

const chains = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === 'chain' ? [item.chain] : []));

describe('a live source', () => {
  it('gives at each cadence the chains that changed, stamped with their venue', async () => {
    const { source, sockets, take } = await followed([venueOf('deribit'), venueOf('cboe')]);
    expect(source.name).toBe('deribit,cboe');
    sockets[0].handlers.message('quote a a b');
    sockets[1].handlers.message('quote b');
    expect(chains(await take(250))).toMatchObject([
      { product: 'P0', expiry: 'a', spot: 2, seq: 1, source: 'deribit', epoch: source.epoch },
      { product: 'P0', expiry: 'b', spot: 1, seq: 2, source: 'deribit' },
      { product: 'P1', expiry: 'b', spot: 1, seq: 1, source: 'cboe' },
    ]);
    expect(await take(1_000)).toEqual([]);
    await source.close();
  });

  it('says how often each product is given anew: at the cadence, or as its venue gives pages', async () => {
    const delayed = { intervalMs: () => 120_000, delayMs: 0 };
    const { source } = await followed([
      venueOf('deribit'),
      { ...venueOf('cboe'), delayed },
      { ...venueOf('kite'), delayed: { ...delayed, delayMs: 900_000 } },
    ]);
    expect(['P0', 'P1', 'P2'].map(source.intervalMsOf)).toEqual([250, 120_000, 900_000]);
    await source.close();
  });

  it('tells the book of a connection that was made anew, and reports what is wrong', async () => {
    const { source, sockets, books } = await followed();
    expect(source.report()).toMatchObject([
      { venue: 'deribit', watchdogs: [{ kind: 'stall', product: 'P0' }] },
    ]);
    sockets[0].handlers.ended({ reason: 'cut' });
    await vi.advanceTimersByTimeAsync(200);
    expect(books[0].reconnects).toEqual([]);
    sockets[1].handlers.opened();
    sockets[1].handlers.message('ready');
    expect(books[0].reconnects).toEqual([['a', 'b']]);
    await source.close();
  });

  it('tells the log what begins and what ceases to be wrong, each once, and of many some', async () => {
    const { source, books, logged } = await followed();
    const said = () => logged.splice(0).filter((line) => line.startsWith('venue_watchdog'));
    await vi.advanceTimersByTimeAsync(3000);
    const stall = '"venue":"deribit","product":"P0","kind":"stall","for_ms":5,"detail":"no quote"';
    expect(said()).toEqual([`venue_watchdog_raised {${stall}}`]);
    books[0].wrong = [];
    await vi.advanceTimersByTimeAsync(3000);
    expect(said()).toEqual([`venue_watchdog_cleared {${stall}}`]);
    books[0].wrong = Array.from({ length: 30 }, (_, i) => ({
      ...{ kind: 'crossed', product: `P${i}`, forMs: 0, detail: '' },
    }));
    await vi.advanceTimersByTimeAsync(1000);
    const raised = said();
    expect(raised).toHaveLength(21);
    expect(raised[20]).toBe('venue_watchdog_raised {"venue":"deribit","further":10}');
    await source.close();
  });

  it('gives a slow reader the latest of each chain, and never a queue of them', async () => {
    const { source, sockets, take } = await followed();
    sockets[0].handlers.message('quote a b');
    expect(chains(await take(250, 1))).toMatchObject([{ expiry: 'a', spot: 1 }]);
    for (let i = 0; i < 50; i++) {
      sockets[0].handlers.message('quote a b');
      await vi.advanceTimersByTimeAsync(250);
    }
    const rest = chains(await take(500));
    expect(rest.map(({ expiry, spot, seq }) => [expiry, spot, seq])).toEqual([
      ['b', 51, 2],
      ['a', 51, 3],
    ]);
    await source.close();
  });

  it('follows a window that moves, and a list that changes', async () => {
    let listed = [option('a'), option('b')];
    const { source, sockets, books, take } = await followed([venueOf('deribit', () => listed)]);
    expect(sockets[0].sent).toEqual(['login', 'sub a b']);
    books[0].window = [option('b'), option('c')];
    await take(250);
    expect(sockets[0].sent.slice(2)).toEqual(['unsub a', 'sub c']);
    books[0].window = null;
    await take(250);
    expect(sockets[0].sent.slice(4)).toEqual(['unsub c', 'sub a']);
    listed = [option('b'), option('d')];
    sockets[0].handlers.message('new d');
    await take(1_000);
    expect(sockets[0].sent.slice(6)).toEqual(['unsub a', 'sub d']);
    await source.close();
  });

  it('keeps some rejections for the reader, and counts all', async () => {
    const { source, sockets, take } = await followed();
    for (let i = 0; i < 1_000; i++) sockets[0].handlers.message('nonsense');
    const items = await take(250, 1_000);
    expect(items).toHaveLength(200);
    expect(items[0]).toMatchObject({ kind: 'rejected', rejection: 'bad_value', where: { file: 'deribit' } });
    expect(source.report()).toMatchObject([{ venue: 'deribit', counts: { rejected: 1_000 } }]);
    await source.close();
  });

  it('ends an iteration that waits, is read once, and is closed twice', async () => {
    const { source, sockets, iterator } = await followed();
    await source.close();
    await source.close();
    expect(sockets[0].closed).toBe(true);
    expect(await iterator.next()).toMatchObject({ done: true });
    expect(await source[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
    expect(source.report()[0].state).toBe('closed');
  });

  it('refuses a product at two venues', () => {
    const market = (name: string): LiveMarket => ({
      venue: venueOf(name),
      selection: { products: ['BTC'], expiries: 1, strikes: 1 },
    });
    const ports = { ...scriptedPorts().ports, createBook: countingBook };
    expect(() => createLiveSource([market('deribit'), market('kite')], ports, settings)).toThrow(
      'BTC is followed at deribit and at kite: one venue a product',
    );
  });
});
