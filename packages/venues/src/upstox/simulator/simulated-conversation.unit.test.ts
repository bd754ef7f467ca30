import { expect, test } from 'vitest';
import type { InstrumentId } from '../../instrument.ts';
import { createInstrumentQuote } from '../../meaning.ts';
import type { SimulatedPeer } from '../../simulators/index.ts';
import type { WireMessage } from '../../wire-protocol.ts';
import { createSimulatedConversation } from './simulated-conversation.ts';

/** A peer in whose market everything is listed. */
function converse() {
  const sent: WireMessage[] = [];
  const subscribed = new Set<InstrumentId>();
  const peer: SimulatedPeer = {
    market: {
      list: { asOf: 0, instruments: [], rejected: new Map() },
      quoteOf: (id) => ({ ...createInstrumentQuote(), id }),
      follow: () => () => {},
    },
    send: (message) => sent.push(message),
    subscribe(ids) {
      for (const id of ids) subscribed.add(id);
      return true;
    },
    unsubscribe(ids) {
      for (const id of ids) subscribed.delete(id);
    },
    push: () => {},
    heartbeatEvery: () => {},
    close: () => expect.unreachable(),
  };
  const { receive } = createSimulatedConversation(peer, () => {});
  const request = (method: string, mode: string, from: number, count: number) => {
    const instrumentKeys = Array.from({ length: count }, (_, i) => `NSE_FO|${from + i}`);
    receive(Buffer.from(JSON.stringify({ guid: 'g', method, data: { mode, instrumentKeys } })));
    return sent.splice(0).map((message) => JSON.parse(String(message)).error);
  };
  return { request, subscribed };
}

test.each([
  ['ltpc', 5000],
  ['option_greeks', 3000],
  ['full', 2000],
])('of instruments in %s alone there may be %i', (mode, limit) => {
  const { request, subscribed } = converse();
  expect(request('sub', mode, 0, limit)).toEqual([]);
  expect(request('sub', mode, limit, 1)).toEqual([
    `Subscription limit exceeded: ${limit + 1} instruments in ${mode}, ${limit} allowed`,
  ]);
  expect(subscribed.size).toBe(limit);
  expect(request('unsub', mode, 0, 1)).toEqual([]);
  expect(request('sub', mode, limit, 1)).toEqual([]);
});

test.each([
  ['ltpc', 2000],
  ['option_greeks', 2000],
  ['full', 1500],
])('of those in %s beside another mode there may be %i', (mode, limit) => {
  const { request } = converse();
  expect(request('sub', mode === 'ltpc' ? 'full' : 'ltpc', 90_000, 1)).toEqual([]);
  expect(request('sub', mode, 0, limit)).toEqual([]);
  expect(request('sub', mode, limit, 1)).toEqual([expect.stringMatching(/limit exceeded/)]);
  expect(request('change_mode', mode, 0, limit)).toEqual([]);
});
