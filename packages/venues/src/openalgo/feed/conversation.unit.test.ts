import { listedOn } from '@deltastream/reference';
import { describe, expect, test } from 'vitest';
import type { InstrumentId } from '../../instrument.ts';
import { addKnown, type KnownInstrument } from '../known-instruments.ts';
import { createOpenAlgoConversation } from './conversation.ts';

const KEY = 'secret-key';
const [CALL, PUT, FAR, INDEX] = [
  'NFO:NIFTY29DEC2624000CE',
  'NFO:NIFTY29DEC2624000PE',
  'BFO:SENSEX31DEC2681000CE',
  'NSE_INDEX:NIFTY',
];

function talk() {
  const known = new Map<InstrumentId, KnownInstrument>();
  const listing = listedOn('NSE', 'NIFTY');
  addKnown(known, {
    ...{ asOf: 0, rejected: new Map() },
    instruments: [{ kind: 'underlying', id: INDEX, listing }],
  });
  const conversation = createOpenAlgoConversation(KEY, known);
  const said: string[] = [];
  const sink = {
    quote: ({ id }: { id: InstrumentId }) => said.push(String(id)),
    state: () => expect.unreachable(),
    listed: () => expect.unreachable(),
    rejected: (_: string, reason: string) => said.push(reason),
  };
  const receive = (message: object | string | Uint8Array) =>
    conversation.receive(
      typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message),
      sink,
      () => expect.unreachable(),
    );
  return { conversation, said, receive };
}

function ready() {
  const all = talk();
  expect(all.receive({ type: 'auth', status: 'success', broker: 'zerodha' })).toEqual([{ kind: 'ready' }]);
  return all;
}

const parsed = (messages: readonly (string | Uint8Array)[]) =>
  messages.map((message) => JSON.parse(String(message)));
const split = (id: string) => ({ symbol: id.split(':')[1], exchange: id.split(':')[0] });
const tick = (id: string) => ({ type: 'market_data', ...split(id), mode: 1, data: { ltp: 5 } });
const answer = (...entries: (readonly [id: string, message?: string])[]) => ({
  type: 'subscribe',
  status: 'partial',
  subscriptions: entries.map(([id, message]) =>
    message === undefined
      ? { ...split(id), status: 'success', mode: 'Depth' }
      : { ...split(id), status: 'error', message },
  ),
});

test('the first message is the login; requests are in the modes that are needed', () => {
  const { conversation } = talk();
  const { send, ready: isReady } = conversation.opened();
  expect([parsed(send), isReady]).toEqual([[{ action: 'authenticate', api_key: KEY }], false]);
  const index = { symbol: 'NIFTY', exchange: 'NSE_INDEX' };
  const call = { symbol: 'NIFTY29DEC2624000CE', exchange: 'NFO' };
  expect(parsed(conversation.subscribe([INDEX, CALL]))).toEqual([
    { action: 'subscribe', symbols: [index], mode: 'LTP' },
    { action: 'subscribe', symbols: [call], mode: 'Depth', depth: 5 },
  ]);
  // Without a mode OpenAlgo ends another subscription than this.
  expect(parsed(conversation.unsubscribe([CALL, INDEX]))).toEqual([
    {
      action: 'unsubscribe',
      symbols: [
        { ...call, mode: 'Depth' },
        { ...index, mode: 'LTP' },
      ],
    },
  ]);
});

test('a success counts once a tick came of the same exchange', () => {
  const { conversation, receive } = ready();
  conversation.subscribe([INDEX, CALL, PUT, FAR]);
  expect(receive(answer([INDEX], [CALL], [FAR]))).toEqual([]);
  expect(receive(tick(CALL))).toEqual([{ kind: 'subscribed', ids: [CALL] }]);
  // The exchange speaks, so that what is accepted later counts at once.
  expect(receive(answer([PUT]))).toEqual([{ kind: 'subscribed', ids: [PUT] }]);
  expect(receive(answer([PUT]))).toEqual([]);
  // A tick of what was not asked for says nothing of its exchange.
  expect(receive(tick('BFO:SENSEX31DEC2682000CE'))).toEqual([]);
  expect(receive(tick(FAR))).toEqual([{ kind: 'subscribed', ids: [FAR] }]);
  expect(receive(tick(INDEX))).toEqual([{ kind: 'subscribed', ids: [INDEX] }]);
  expect(receive(tick(INDEX))).toEqual([]);
});

test('what was accepted before counts with the first tick of its exchange, unless it is no longer wanted', () => {
  const { conversation, receive } = ready();
  conversation.subscribe([CALL, PUT, FAR]);
  receive(answer([CALL], [PUT]));
  conversation.unsubscribe([PUT]);
  expect(receive(tick(CALL))).toEqual([{ kind: 'subscribed', ids: [CALL] }]);
  // An answer may be lost: a tick says it, too.
  expect(receive(tick(FAR))).toEqual([{ kind: 'subscribed', ids: [FAR] }]);
});

test('an unknown symbol is refused; what failed for the moment is left to be asked for again', () => {
  const { conversation, receive } = ready();
  conversation.subscribe([CALL, PUT, FAR]);
  receive(tick(CALL));
  expect(
    receive(
      answer([PUT, 'WebSocket not connected. Call connect() first.'], [FAR, `No ${KEY} for SENSEX on BFO`]),
    ),
  ).toEqual([{ kind: 'refused', ids: [FAR], reason: 'OpenAlgo: No *** for SENSEX on BFO' }]);
  expect(receive(answer([PUT]))).toEqual([{ kind: 'subscribed', ids: [PUT] }]);
  expect(receive({ type: 'subscribe', subscriptions: [null, {}, { symbol: 'X' }] })).toEqual([]);
});

describe('errors', () => {
  const error = (code: string, message = 'Because') => ({ status: 'error', code, message });

  test('of the login', () => {
    const reason = 'OpenAlgo: AUTHENTICATION_ERROR: Invalid API key';
    expect(talk().receive(error('AUTHENTICATION_ERROR', 'Invalid API key'))).toEqual([
      { kind: 'credentials', reason },
    ]);
    expect(talk().receive({ type: 'auth', status: 'error', message: `Wrong: ${KEY}` })).toEqual([
      { kind: 'credentials', reason: 'OpenAlgo: Wrong: ***' },
    ]);
    // Whatever goes wrong before it is done, nothing can be asked for.
    expect(talk().receive(error('SERVER_ERROR'))).toEqual([
      { kind: 'failed', reason: 'OpenAlgo: SERVER_ERROR: Because' },
    ]);
  });

  test.each(['NOT_AUTHENTICATED', 'BROKER_ERROR', 'BROKER_INIT_ERROR', 'BROKER_CONNECTION_ERROR'])(
    '%s ends the connection, so that OpenAlgo connects to the broker anew',
    (code) => {
      expect(ready().receive(error(code, 'Broker adapter not found'))).toEqual([
        { kind: 'failed', reason: `OpenAlgo: ${code}: Broker adapter not found` },
      ]);
    },
  );

  test('others cost nothing else', () => {
    const { receive, said } = ready();
    expect(receive(error('INVALID_PARAMETERS', ''))).toEqual([{ kind: 'alive' }]);
    expect(receive({ type: 'pong' })).toEqual([{ kind: 'alive' }]);
    expect(receive({ type: 'unsubscribe', status: 'error' })).toEqual([{ kind: 'alive' }]);
    expect([receive('['), receive('[]'), receive(new Uint8Array(3))]).toEqual([[], [], []]);
    expect(said).toEqual([
      'OpenAlgo: INVALID_PARAMETERS: no reason given',
      'OpenAlgo: a message of 1 bytes that is not a JSON object',
      'OpenAlgo: a message of 2 bytes that is not a JSON object',
      'OpenAlgo: a message of 3 bytes that is not a JSON object',
    ]);
  });
});
