import { expect, test } from 'vitest';
import { createInstrumentQuote, type QuoteSink } from '../../meaning.ts';
import { dhanId, SEGMENTS } from '../instrument-id.ts';
import { disconnectPacket, previousDayPacket, tickerPacket } from '../simulator/write-packets.ts';
import { createDhanConversation } from './conversation.ts';
import type { KnownInstrument } from './known-instruments.ts';

const OPTION = dhanId(SEGMENTS.NSE_FNO, 43_210);
const INDEX = dhanId(SEGMENTS.IDX_I, 13);
const known = new Map<number, KnownInstrument>([
  [
    OPTION,
    { kind: 'option', listed: null, lot: 65, ticksPerUnit: 20, previousClose: Number.NaN, isFresh: false },
  ],
  [
    INDEX,
    {
      kind: 'underlying',
      listed: null,
      lot: 1,
      ticksPerUnit: 100,
      previousClose: Number.NaN,
      isFresh: false,
    },
  ],
]);

function talk() {
  const rejected: string[] = [];
  const sink: QuoteSink = {
    quote: () => {},
    state: () => expect.unreachable(),
    listed: () => expect.unreachable(),
    rejected: (rejection, reason) => rejected.push(`${rejection}: ${reason}`),
  };
  const conversation = createDhanConversation(known);
  return {
    conversation,
    rejected,
    receive: (message: string | Uint8Array) => conversation.receive(message, sink, () => {}),
  };
}

const parsed = (messages: readonly (string | Uint8Array)[]) =>
  messages.map((message) => JSON.parse(String(message)));

test('options are asked for in full, an underlying for its price', () => {
  const { conversation } = talk();
  expect(conversation.opened()).toEqual({ send: [], ready: true });
  const index = { InstrumentCount: 1, InstrumentList: [{ ExchangeSegment: 'IDX_I', SecurityId: '13' }] };
  const option = {
    InstrumentCount: 1,
    InstrumentList: [{ ExchangeSegment: 'NSE_FNO', SecurityId: '43210' }],
  };
  expect(parsed(conversation.subscribe([INDEX, OPTION]))).toEqual([
    { RequestCode: 15, ...index },
    { RequestCode: 21, ...option },
  ]);
  expect(parsed(conversation.unsubscribe([OPTION, INDEX]))).toEqual([
    { RequestCode: 22, ...option },
    { RequestCode: 16, ...index },
  ]);
});

test('the first packet of an instrument confirms it, once', () => {
  const { conversation, receive, rejected } = talk();
  conversation.subscribe([INDEX, OPTION]);
  const quote = { ...createInstrumentQuote(), at: 0, last: 5, previousClose: 4 };
  const [option, index] = [
    { ...quote, id: OPTION },
    { ...quote, id: INDEX },
  ];
  expect(receive(Buffer.concat([previousDayPacket(option), tickerPacket(index)]))).toEqual([
    { kind: 'subscribed', ids: [OPTION, INDEX] },
  ]);
  expect(receive(tickerPacket(index))).toEqual([{ kind: 'alive' }]);
  expect(receive('hello')).toEqual([]);
  expect(rejected).toEqual(['bad_value: Dhan: a text message, expected packets']);
});

test.each([
  [805, 'failed', /5 connections/],
  [806, 'credentials', /Data APIs/],
  [807, 'credentials', /expired/],
  [808, 'credentials', /client id/],
  [809, 'credentials', /not accepted/],
  [999, 'failed', /^Dhan ended the connection with 999$/],
])('a disconnection for %i is %s', (code, kind, reason) => {
  const { receive } = talk();
  const [event, ...others] = receive(disconnectPacket(code));
  expect(others).toEqual([]);
  expect(event).toMatchObject({ kind, reason: expect.stringMatching(reason) });
  // The next message does not say it again.
  expect(receive(previousDayPacket({ ...createInstrumentQuote(), id: INDEX }))).toEqual([{ kind: 'alive' }]);
});
