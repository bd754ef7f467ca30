import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createDeribitRest } from './rest.ts';

const INTERVAL_MS = 150;
/** Longer than the interval: a call that is counted from when the one before was sent would not wait at all. */
const RESPONSE_MS = 300;

const seen: { readonly method: string; readonly cameAt: number; answeredAt: number }[] = [];
const server = createServer(async (request, response) => {
  const method = new URL(request.url ?? '', 'http://venue').pathname.split('/').at(-1) ?? '';
  const call = { method, cameAt: performance.now(), answeredAt: Number.NaN };
  seen.push(call);
  await pause(RESPONSE_MS);
  call.answeredAt = performance.now();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ jsonrpc: '2.0', result: [] }));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it('calls for instruments once an interval as the venue sees it, and waits for nothing else', async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const limits = { timeoutMs: 5_000, maxBytes: 1_000, instrumentsIntervalMs: INTERVAL_MS };
  const rest = createDeribitRest({ url, ...limits });
  const { signal } = new AbortController();
  await Promise.all([
    rest.call('get_instruments', { currency: 'BTC' }, signal),
    rest.call('get_instruments', { currency: 'ETH' }, signal),
    rest.call('get_index_price', {}, signal),
  ]);
  const [first, second] = seen.filter(({ method }) => method === 'get_instruments');
  const other = seen.find(({ method }) => method === 'get_index_price');
  // The interval of a timer may end a millisecond early.
  expect(second.cameAt - first.answeredAt).toBeGreaterThan(INTERVAL_MS - 2);
  expect(other?.cameAt).toBeLessThan(first.answeredAt);
});

it('goes on after a call that was given up', async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const rest = createDeribitRest({ url, timeoutMs: 5_000, maxBytes: 1_000, instrumentsIntervalMs: 10 });
  await expect(rest.call('get_instruments', {}, AbortSignal.abort())).rejects.toThrow();
  expect(await rest.call('get_instruments', {}, new AbortController().signal)).toEqual([]);
});
