import { BadCell } from '@deltastream/recordings/cells';
import { recordsOf } from '@deltastream/recordings/session';
import { createStamp, type RejectedItem, type SourceItem, type Stamp } from '@deltastream/recordings/source';
import type { ConnectionClock } from '../connection/index.ts';
import type { ChainBook, LiveMarket } from '../live-source.ts';
import type { QuoteSink } from '../meaning.ts';
import type { WireConversation } from '../wire-protocol.ts';
import { type RawEvent, type RawHead, type RawMarket, rawHeadOf, rawRecordOf } from './raw-records.ts';

export interface ReparsePorts {
  /** The connector of today, which is never connected. */
  readonly marketOf: (market: RawMarket) => LiveMarket;
  /** A book that goes by the clock of the file. */
  readonly createBook: (market: LiveMarket, kept: RawMarket, clock: ConnectionClock) => ChainBook;
}

/** A venue whose messages are read again. */
interface Market {
  readonly market: LiveMarket;
  readonly book: ChainBook;
  readonly conversations: Map<number, WireConversation>;
  readonly sink: QuoteSink;
}

/** A list of all that a venue lists is some MB. */
const MOST_RECORD_BYTES = 64 * 1024 ** 2;
/** Connections of a venue whose end the file does not say; no venue has as many at one time. */
const MOST_CONVERSATIONS = 64;

/**
 * Reads raw messages with the connectors and the chain book of this release, by the clock of the file: what a live source
 * gives that receives them now, at the same moments. What cannot be read is an item of its own.
 *
 * @param chunks the content of a file, or of several of one run in their order
 * @param file for rejected parts
 */
export async function* reparsed(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  { marketOf, createBook }: ReparsePorts,
): AsyncGenerator<SourceItem> {
  let [now, nowMs] = [0, 0];
  const clock: ConnectionClock = { now: () => now, monotonicMs: () => nowMs };
  let head: RawHead | null = null;
  let stamp: Stamp = createStamp('-', '-');
  let markets: Market[] = [];
  let changes: Generator<SourceItem> | null = null;
  const rejections: RejectedItem[] = [];

  function reject(rejection: RejectedItem['rejection'], reason: string): void {
    rejections.push({ kind: 'rejected', rejection, where: { file }, reason });
  }

  function begin(line: string): void {
    const next = rawHeadOf(line);
    const isSame = head !== null && JSON.stringify(head) === JSON.stringify(next);
    head = next;
    // A further file of the run.
    if (isSame) return;
    [now, nowMs] = [next.at, next.monotonicMs];
    stamp = createStamp(next.epoch, next.source);
    changes = null;
    markets = next.markets.map((each) => {
      const market = marketOf(each);
      const book = createBook(market, each, clock);
      const sink: QuoteSink = {
        quote: (quote) => book.quote(quote),
        state: (id, state, at) => book.state(id, state, at),
        listed: (id) => book.listed(id),
        rejected: (rejection, reason) => reject(rejection, reason),
      };
      return { market, book, sink, conversations: new Map() };
    });
  }

  function* changesNow(): Generator<SourceItem> {
    for (const { market, book } of markets) {
      const source = market.venue.name;
      for (const tick of book.takeTicks()) yield { kind: 'tick', tick: stamp.tick({ ...tick, source }) };
      for (const chain of book.takeChains(now))
        yield { kind: 'chain', chain: stamp.chain({ ...chain, source }) };
    }
  }

  function* apply(place: number, event: RawEvent): Generator<SourceItem> {
    if (event.kind === 'taking') {
      // Of what mended code gives beyond what was given then, all is given here.
      if (changes) yield* changes;
      changes = changesNow();
      return;
    }
    if (event.kind === 'taken') {
      const next = changes?.next();
      if (next && !next.done) yield next.value;
      return;
    }
    if (event.kind === 'lost') {
      reject('truncated', `${event.count} records were not kept here: the disk was too slow`);
      return;
    }
    const market = markets[place];
    if (market === undefined)
      throw new BadCell('bad_value', `a record of venue ${place}, which its head lacks`);
    applyTo(market, event, now);
  }

  yield* guarded();

  async function* guarded(): AsyncGenerator<SourceItem> {
    try {
      for await (const part of recordsOf(chunks, MOST_RECORD_BYTES)) {
        if ('head' in part) {
          begin(part.head);
          continue;
        }
        try {
          const record = rawRecordOf(part);
          if (record === null) continue;
          [now, nowMs] = [record.at, record.monotonicMs];
          yield* apply(record.market, record.event);
        } catch (error) {
          // What a file holds comes from elsewhere: one record costs itself only.
          if (error instanceof BadCell) reject(error.rejection, error.message);
          else
            reject(
              'bad_value',
              `a record cannot be read (${error instanceof Error ? error.message : String(error)})`,
            );
        }
        yield* rejections.splice(0);
      }
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      yield { kind: 'rejected', rejection: error.rejection, where: { file }, reason: error.message };
    }
  }
}

/** Sends nothing: what was answered to it is in the file. */
const unsent = () => undefined;

function applyTo(market: Market, event: RawEvent, now: number): void {
  const { book, sink } = market;
  const { venue } = market.market;
  switch (event.kind) {
    case 'opened':
      conversationOf(market, event.connection);
      return;
    case 'subscribe':
      conversationOf(market, event.connection).subscribe(event.ids);
      return;
    case 'unsubscribe':
      conversationOf(market, event.connection).unsubscribe(event.ids);
      return;
    case 'message':
      conversationOf(market, event.connection).receive(event.message, sink, unsent);
      return;
    case 'list':
      venue.restore?.(event.list);
      book.list(event.list);
      return;
    case 'quote':
      book.quote(event.quote);
      return;
    case 'state':
      book.state(event.id, event.state, event.at);
      return;
    case 'completes':
      venue.complete?.(event.id, event.by);
      return;
    case 'reconnected':
      book.reconnected(event.ids);
      return;
    case 'followed':
      book.followed(now);
      return;
    case 'checked':
      book.watchdogs();
      return;
  }
}

/** Also of a connection that was opened in a file before this. That which is quiet for longest is taken to have ended. */
function conversationOf({ market: { venue }, conversations }: Market, connection: number): WireConversation {
  const known = conversations.get(connection);
  if (known) {
    if (conversations.size > 1) {
      conversations.delete(connection);
      conversations.set(connection, known);
    }
    return known;
  }
  const conversation = venue.wire?.converse();
  if (conversation === undefined)
    throw new BadCell('bad_value', `${venue.name} has no WebSocket in this release`);
  conversation.opened();
  conversations.set(connection, conversation);
  const [quietest] = conversations.keys();
  if (conversations.size > MOST_CONVERSATIONS) conversations.delete(quietest);
  return conversation;
}
