import { expect, test } from 'vitest';
import { createOpenAlgoVenue, socketUrlOf } from './openalgo-venue.ts';

test.each([
  ['http://127.0.0.1:5000', 'ws://127.0.0.1:8765'],
  ['http://openalgo.lan:5000', 'ws://openalgo.lan:8765'],
  ['http://[::1]:5000', 'ws://[::1]:8765'],
  ['https://openalgo.example.com', 'wss://openalgo.example.com/ws'],
  ['http://openalgo.lan:8080', 'ws://openalgo.lan:8080/ws'],
])('beside %s the WebSocket is at %s', (url, socketUrl) => {
  expect(socketUrlOf(url)).toBe(socketUrl);
});

test('the key, which is said over its WebSocket, goes to no server that it is redirected to', async () => {
  const { wire } = createOpenAlgoVenue({ apiKey: 'k', url: 'http://openalgo.lan:5000/' });
  expect(await wire?.address(AbortSignal.timeout(1_000))).toEqual({
    url: 'ws://openalgo.lan:8765',
    staysOnServer: true,
  });
});
