import { expect, test } from 'vitest';
import type { InstrumentQuote, QuoteSink } from '../meaning.ts';
import { createInstrumentQuote } from '../meaning.ts';
import { createUpstoxConversation } from './conversation.ts';
import { MARKET_STATUS } from './feed/feed-fields.ts';
import type { KnownInstruments } from './known-instruments.ts';
import { feedMessage, marketInfoMessage } from './simulator/write-feed.ts';

const OPTION = 'NSE_FO|61093';
const INDEX = 'NSE_INDEX|Nifty 50';
const known: KnownInstruments = {
  lots: new Map([
    [OPTION, 65],
    [INDEX, 1],
  ]),
  options: new Set([OPTION]),
  add: () => {},
};

function talk(mode: 'option_greeks' | 'full' = 'option_greeks') {
  const said: unknown[] = [];
  const sink: QuoteSink = {
    quote: ({ id, last, complete }) => said.push([id, last, complete]),
    state: (id, state, at) => said.push([id, state, at]),
    listed: () => expect.unreachable(),
    rejected: (rejection, reason) => said.push(`${rejection}: ${reason}`),
  };
  const conversation = createUpstoxConversation(known, mode);
  return {
    conversation,
    said,
    receive: (message: string | Uint8Array) => conversation.receive(message, sink, () => {}),
  };
}

const feed = (id: string, last: number): Uint8Array => {
  const quote: InstrumentQuote = { ...createInstrumentQuote(), id, last, at: 9 };
  return feedMessage([[quote, { mode: 'ltpc', kind: 'option', lot: 1, before: null }]], 'initial_feed', 9);
};

const parsed = (messages: readonly (string | Uint8Array)[]) =>
  messages.map((message) => {
    // As text the venue would not hear it.
    expect(message).toBeInstanceOf(Uint8Array);
    return JSON.parse(Buffer.from(message).toString('utf8'));
  });

test('options and the others are asked for in their modes, in binary frames', () => {
  const { conversation } = talk();
  expect(conversation.opened()).toEqual({ send: [], ready: true });
  expect(parsed(conversation.subscribe([INDEX, OPTION]))).toEqual([
    { guid: expect.any(String), method: 'sub', data: { mode: 'ltpc', instrumentKeys: [INDEX] } },
    { guid: expect.any(String), method: 'sub', data: { mode: 'option_greeks', instrumentKeys: [OPTION] } },
  ]);
  expect(parsed(conversation.unsubscribe([INDEX, OPTION]))).toEqual([
    { guid: expect.any(String), method: 'unsub', data: { instrumentKeys: [INDEX, OPTION] } },
  ]);
  const full = parsed(talk('full').conversation.subscribe([INDEX, OPTION]));
  expect(full).toMatchObject([{ data: { mode: 'full', instrumentKeys: [INDEX, OPTION] } }]);
});

test('the first feed of an instrument confirms it, once', () => {
  const { conversation, said, receive } = talk();
  conversation.subscribe([INDEX, OPTION]);
  expect(receive(feed(OPTION, 5))).toEqual([{ kind: 'subscribed', ids: [OPTION] }]);
  expect(receive(feed(OPTION, 6))).toEqual([]);
  expect(receive(feed('NSE_FO|9', 7))).toEqual([]);
  expect(said).toEqual([
    [OPTION, 5, true],
    [OPTION, 6, true],
    ['NSE_FO|9', 7, true],
  ]);
});

test('the status of a segment is said of its instruments, of those subscribed later too', () => {
  const { conversation, said, receive } = talk();
  const { NORMAL_OPEN, CLOSING_START } = MARKET_STATUS;
  receive(marketInfoMessage({ NSE_FO: NORMAL_OPEN, NSE_INDEX: NORMAL_OPEN, MCX_FO: 99 }, 3));
  expect(said).toEqual([]);
  conversation.subscribe([OPTION]);
  receive(feed(OPTION, 5));
  conversation.subscribe([INDEX]);
  receive(marketInfoMessage({ NSE_FO: CLOSING_START }, 4));
  receive(marketInfoMessage({ NSE_FO: 99 }, 5));
  expect(said).toEqual([
    [OPTION, 5, true],
    [OPTION, 'open', 3],
    [OPTION, 'closed', 4],
    [INDEX, 'open', 3],
  ]);
});

test('what the venue refuses in text is refused for what was asked', () => {
  const { conversation, said, receive } = talk();
  const [{ guid }] = parsed(conversation.subscribe([OPTION]));
  const error = 'Subscription limit exceeded';
  expect(receive(JSON.stringify({ guid, method: 'sub', status: 'failed', error }))).toEqual([
    { kind: 'refused', ids: [OPTION], reason: error },
  ]);
  expect(receive(JSON.stringify({ status: 'failed', error: { code: 1 } }))).toEqual([]);
  expect(receive('null')).toEqual([]);
  expect(receive(JSON.stringify({ status: 'success' }))).toEqual([{ kind: 'alive' }]);
  expect(said).toEqual([
    'bad_value: Upstox: a request was refused: {"code":1}',
    'bad_value: Upstox: a text message that is not a JSON object',
  ]);
});
