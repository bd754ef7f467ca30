import { beforeEach, describe, expect, test } from 'vitest';
import type { WireConversation } from '../wire-protocol.ts';
import { createDeribitConversation } from './conversation.ts';
import { AT, BTC_CALL, instrumentRow, type KeptSink, keptSink, tickerData } from './deribit.fixture.ts';
import { createListedContracts } from './listed-contracts.ts';

let conversation: WireConversation;
let sink: KeptSink;
let replies: unknown[];

beforeEach(() => {
  const contracts = createListedContracts();
  contracts.replace([instrumentRow()], ['BTC'], AT);
  conversation = createDeribitConversation({ contracts, heartbeatSeconds: 30 });
  sink = keptSink();
  replies = [];
});

const receive = (message: object | string) =>
  conversation.receive(typeof message === 'string' ? message : JSON.stringify(message), sink, (reply) =>
    replies.push(JSON.parse(String(reply))),
  );
const sent = (messages: readonly unknown[]) => messages.map((message) => JSON.parse(String(message)));
const result = (id: number, value: unknown) => receive({ jsonrpc: '2.0', id, result: value });
const error = (id: number | undefined, code: number, message = 'no') =>
  receive({ jsonrpc: '2.0', id, error: { code, message } });
const subscribe = (...ids: string[]): number => sent(conversation.subscribe(ids))[0].id;

test('it is ready when the venue has taken the heartbeat', () => {
  const { send, ready } = conversation.opened();
  expect(ready).toBe(false);
  expect(sent(send)).toEqual([
    { jsonrpc: '2.0', id: 1, method: 'public/set_heartbeat', params: { interval: 30 } },
  ]);
  expect(result(1, 'ok')).toEqual([{ kind: 'ready' }]);
});

test('an option is one channel; an index brings its mark prices and the states of its options', () => {
  expect(sent(conversation.subscribe(['btc_usd', 'deribit_volatility_index.btc_usd', BTC_CALL]))).toEqual([
    expect.objectContaining({
      method: 'public/subscribe',
      params: {
        channels: [
          'deribit_price_index.btc_usd',
          'markprice.options.btc_usd',
          'instrument.state.option.BTC',
          'deribit_volatility_index.btc_usd',
          `incremental_ticker.${BTC_CALL}`,
        ],
      },
    }),
  ]);
  expect(sent(conversation.unsubscribe(['btc_usd']))[0]).toMatchObject({
    method: 'public/unsubscribe',
    params: { channels: ['deribit_price_index.btc_usd', 'markprice.options.btc_usd'] },
  });
});

describe('responses', () => {
  test('what the venue lists is subscribed, what it leaves out is refused', () => {
    const id = subscribe('btc_usd', BTC_CALL);
    expect(result(id, ['deribit_price_index.btc_usd'])).toEqual([
      { kind: 'subscribed', ids: ['btc_usd'] },
      expect.objectContaining({ kind: 'refused', ids: [BTC_CALL] }),
    ]);
  });

  test('too many requests end the session, and the next begins 10 s later', () => {
    expect(error(subscribe(BTC_CALL), 10028, 'too_many_requests')).toEqual([
      { kind: 'failed', reason: 'Deribit says "too many requests" (code 10028)', retryAfterMs: 10_000 },
    ]);
  });

  test.each([10040, 10041, 10047, 10066, 11051, 11094, 13028, 13888])(
    '%i means not now: it is asked again',
    (code) => {
      expect(error(subscribe(BTC_CALL), code)).toEqual([{ kind: 'alive' }]);
    },
  );

  test('another error to a subscription refuses what was asked, with the words of the venue', () => {
    const id = subscribe(BTC_CALL);
    const said = receive({
      jsonrpc: '2.0',
      id,
      error: { code: -32602, message: 'Invalid params', data: { reason: 'unknown channel' } },
    });
    expect(said).toEqual([
      {
        kind: 'refused',
        ids: [BTC_CALL],
        reason: 'Deribit says "Invalid params: unknown channel" (code -32602)',
      },
    ]);
  });

  test('an error about no request of ours, or to the heartbeat, ends the connection', () => {
    conversation.opened();
    expect(error(undefined, 11_900, 'connection_too_slow')).toEqual([
      { kind: 'failed', reason: 'Deribit says "connection too slow" (code 11900)' },
    ]);
    expect(error(1, -32602)[0]).toMatchObject({ kind: 'failed' });
  });
});

test('a request for a sign of life is replied to at once', () => {
  const heartbeat = (type: string) => receive({ jsonrpc: '2.0', method: 'heartbeat', params: { type } });
  expect(heartbeat('heartbeat')).toEqual([{ kind: 'alive' }]);
  expect(replies).toEqual([]);
  expect(heartbeat('test_request')).toEqual([{ kind: 'alive' }]);
  expect(replies).toEqual([{ jsonrpc: '2.0', id: 1, method: 'public/test', params: {} }]);
});

const notify = (over: Record<string, unknown>) =>
  receive({
    jsonrpc: '2.0',
    method: 'subscription',
    params: { channel: `incremental_ticker.${BTC_CALL}`, data: tickerData(over) },
  });

test('changes come until the venue has confirmed an unsubscription; what is asked for again stays', () => {
  subscribe(BTC_CALL);
  const first = sent(conversation.unsubscribe([BTC_CALL]))[0].id;
  notify({});
  subscribe(BTC_CALL);
  result(first, []);
  notify({ type: 'change', timestamp: AT + 1 });
  expect(sink.quotes.length).toBe(2);
  const second = sent(conversation.unsubscribe([BTC_CALL]))[0].id;
  result(second, []);
  notify({});
  expect(sink.quotes.length).toBe(2);
  expect(sink.rejections.length).toBe(1);
});

test('a message that cannot be read ends the connection, as changes are lost with it', () => {
  expect(receive('{"jsonrpc":')).toEqual([expect.objectContaining({ kind: 'failed' })]);
  expect(sink.rejections.map(([said]) => said)).toEqual(['unreadable_member']);
  expect(conversation.receive(Buffer.from('{"jsonrpc":"2.0","id":9,"result":1}'), sink, () => {})).toEqual([
    { kind: 'alive' },
  ]);
});
