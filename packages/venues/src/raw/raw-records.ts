import { BadCell } from '@deltastream/recordings/cells';
import { type FileRecord, headLine, headOfLine, recordParts } from '@deltastream/recordings/session';
import type { InstrumentId, InstrumentList } from '../instrument.ts';
import {
  type Completion,
  createInstrumentQuote,
  type InstrumentQuote,
  type TradingState,
} from '../meaning.ts';
import type { WireMessage } from '../wire-protocol.ts';

/** What a file of raw messages begins with; the version rises when an older reader could not read it. */
export const RAW_MAGIC = 'deltastream raw 1';

/** What is followed of a venue, and how its book is kept: what parsing it again needs to know. */
export interface RawMarket {
  readonly venue: string;
  readonly products: readonly string[];
  readonly expiries: number | 'all';
  readonly strikes: number | 'all';
  /** Times of the watchdogs of its book, ms. */
  readonly stallMs: number;
  readonly frozenMs: number;
}

export interface RawHead {
  readonly markets: readonly RawMarket[];
  /** Of the live source, as on its chains. */
  readonly epoch: string;
  readonly source: string;
  /** When it began: epoch ms, and ms of a clock that only rises. */
  readonly at: number;
  readonly monotonicMs: number;
}

export const rawHead = (head: RawHead): Uint8Array => headLine(RAW_MAGIC, head);

/** Throws BadCell where it is no head of raw messages. */
export function rawHeadOf(line: string): RawHead {
  const head = headOfLine(RAW_MAGIC, line) as Partial<RawHead>;
  const { markets, epoch, source, at, monotonicMs } = head;
  const isSaid = typeof epoch === 'string' && typeof source === 'string';
  if (isSaid && typeof at === 'number' && typeof monotonicMs === 'number')
    if (Array.isArray(markets) && markets.every(isMarket)) return head as RawHead;
  throw new BadCell(
    'bad_value',
    'the head of the raw messages does not say of which venues they are, and when',
  );
}

function isMarket(given: Partial<RawMarket> | null): boolean {
  if (given === null || typeof given.venue !== 'string') return false;
  const { products, expiries, strikes, stallMs, frozenMs } = given;
  return (
    Array.isArray(products) &&
    products.every((each) => typeof each === 'string') &&
    [expiries, strikes].every((each) => each === 'all' || typeof each === 'number') &&
    [stallMs, frozenMs].every((each) => typeof each === 'number')
  );
}

interface SubscribedEvent {
  readonly kind: 'subscribe' | 'unsubscribe';
  readonly connection: number;
  readonly ids: readonly InstrumentId[];
}

/** What happened to a live source, in the order in which it did. */
export type RawEvent =
  /** A WebSocket of a venue is open; what comes of it has its number. */
  | { readonly kind: 'opened'; readonly connection: number }
  /** These were subscribed on it, or no longer are: a connector passes over what it did not ask for. */
  | SubscribedEvent
  | { readonly kind: 'message'; readonly connection: number; readonly message: WireMessage }
  /** What the venue listed, as the connector read it. */
  | { readonly kind: 'list'; readonly list: InstrumentList }
  /** What it answered to a request over HTTP, as the connector read it. */
  | { readonly kind: 'quote'; readonly quote: InstrumentQuote }
  | { readonly kind: 'state'; readonly id: InstrumentId; readonly state: TradingState; readonly at: number }
  /** And what messages of its WebSocket are completed with from then on. */
  | { readonly kind: 'completes'; readonly id: InstrumentId; readonly by: Completion }
  /** A WebSocket is back: these are subscribed anew. */
  | { readonly kind: 'reconnected'; readonly ids: readonly InstrumentId[] }
  /** The chain book was asked what to follow. */
  | { readonly kind: 'followed' }
  /** It was asked what is wrong at present. */
  | { readonly kind: 'checked' }
  /** Chains and ticks are taken, at the cadence; then one after the other, as fast as they are published. */
  | { readonly kind: 'taking' }
  | { readonly kind: 'taken' }
  /** So many of these were not kept, because the disk was too slow. */
  | { readonly kind: 'lost'; readonly count: number };

export interface RawRecord {
  /** Epoch ms, and ms of a clock that only rises. */
  readonly at: number;
  readonly monotonicMs: number;
  /** Which of the markets of the head; 0 where it is of none. */
  readonly market: number;
  readonly event: RawEvent;
}

const KINDS = {
  opened: 1,
  subscribe: 2,
  text: 3,
  binary: 4,
  list: 5,
  quote: 6,
  state: 7,
  reconnected: 8,
  followed: 9,
  checked: 10,
  taking: 11,
  taken: 12,
  lost: 13,
  unsubscribe: 14,
  completes: 15,
} as const;
const NAMES = new Map(Object.entries(KINDS).map(([name, kind]) => [kind, name as keyof typeof KINDS]));

const PLACE_BYTES = 14; // Monotonic ms, market, connection.
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** A record as the parts of its bytes; those of a binary message are not copied. */
export function rawRecord({ at, monotonicMs, market, event }: RawRecord): Uint8Array[] {
  const place = new Uint8Array(PLACE_BYTES);
  const view = new DataView(place.buffer);
  view.setFloat64(0, monotonicMs, true);
  view.setUint16(8, market, true);
  view.setUint32(10, 'connection' in event ? event.connection : 0, true);
  const [kind, content] = contentOf(event);
  return recordParts(KINDS[kind], at, place, content);
}

function contentOf(event: RawEvent): [keyof typeof KINDS, Uint8Array] {
  switch (event.kind) {
    case 'message':
      return typeof event.message === 'string'
        ? ['text', encoder.encode(event.message)]
        : ['binary', event.message];
    case 'list':
      return ['list', json({ ...event.list, rejected: [...event.list.rejected] })];
    case 'quote':
      return ['quote', json(event.quote)];
    case 'state':
      return ['state', json([event.id, event.state, event.at])];
    case 'completes':
      return ['completes', json([event.id, event.by])];
    case 'reconnected':
    case 'subscribe':
    case 'unsubscribe':
      return [event.kind, json(event.ids)];
    case 'lost':
      return ['lost', json(event.count)];
    default:
      return [event.kind, NOTHING];
  }
}

/** Null for a record that this release does not know. Throws BadCell where it is damaged. */
export function rawRecordOf({ kind, at, content }: FileRecord): RawRecord | null {
  const name = NAMES.get(kind as never);
  if (name === undefined) return null;
  if (content.length < PLACE_BYTES) throw new BadCell('bad_value', `a record of ${name} has no place`);
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const place = { at, monotonicMs: view.getFloat64(0, true), market: view.getUint16(8, true) };
  return { ...place, event: eventOf(name, view.getUint32(10, true), content.subarray(PLACE_BYTES)) };
}

function eventOf(name: keyof typeof KINDS, connection: number, content: Uint8Array): RawEvent {
  switch (name) {
    case 'opened':
      return { kind: name, connection };
    case 'subscribe':
    case 'unsubscribe':
      return { kind: name, connection, ids: parsed(content) as InstrumentId[] };
    case 'text':
      return { kind: 'message', connection, message: decoder.decode(content) };
    case 'binary':
      // Its own memory: a decoder may keep a part of it.
      return { kind: 'message', connection, message: Uint8Array.from(content) };
    case 'list': {
      const list = parsed(content) as InstrumentList & { rejected: [string, number][] };
      return { kind: 'list', list: { ...list, rejected: new Map(list.rejected) } };
    }
    case 'quote':
      return { kind: 'quote', quote: quoteOf(parsed(content) as Partial<InstrumentQuote>) };
    case 'state': {
      const [id, state, at] = parsed(content) as [InstrumentId, TradingState, number | null];
      return { kind: 'state', id, state, at: at ?? Number.NaN };
    }
    case 'completes': {
      const [id, by] = parsed(content) as [InstrumentId, Record<keyof Completion, number | null>];
      const { volume, openInterest, previousClose } = by;
      const given = (value: number | null) => value ?? Number.NaN;
      return {
        ...{ kind: name, id },
        by: {
          volume: given(volume),
          openInterest: given(openInterest),
          previousClose: given(previousClose),
        },
      };
    }
    case 'reconnected':
      return { kind: 'reconnected', ids: parsed(content) as InstrumentId[] };
    case 'lost':
      return { kind: 'lost', count: Number(parsed(content)) };
    default:
      return { kind: name };
  }
}

/** JSON has no NaN: what is not given is null there. */
const quoteOf = (given: Partial<InstrumentQuote>): InstrumentQuote => {
  const quote = createInstrumentQuote();
  for (const [name, value] of Object.entries(given))
    if (value !== null) Object.assign(quote, { [name]: value });
  return quote;
};

function parsed(content: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(content));
  } catch {
    throw new BadCell('bad_value', 'a record of raw messages is not JSON');
  }
}
