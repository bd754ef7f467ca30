import { expect, test } from 'vitest';
import { socketUrlOf } from './openalgo-venue.ts';

test.each([
  ['http://127.0.0.1:5000', 'ws://127.0.0.1:8765'],
  ['http://openalgo.lan:5000', 'ws://openalgo.lan:8765'],
  ['http://[::1]:5000', 'ws://[::1]:8765'],
  ['https://openalgo.example.com', 'wss://openalgo.example.com/ws'],
  ['http://openalgo.lan:8080', 'ws://openalgo.lan:8080/ws'],
])('beside %s the WebSocket is at %s', (url, socketUrl) => {
  expect(socketUrlOf(url)).toBe(socketUrl);
});
