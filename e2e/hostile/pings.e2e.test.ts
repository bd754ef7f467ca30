import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attackWith, frame, PING, pour, TEXT } from '../support/clients/hostile-sockets.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { openSocketStand, type SocketStand } from './socket-stand.ts';

let stand: SocketStand;
beforeAll(async () => {
  stand = await openSocketStand();
});
afterAll(() => stand?.stop());

const cut = () => metricSum(stand.platform.url, 'deltastream_socket_gateway_cut_total', 'reason="flood"');

it('withstands WebSocket pings of clients that never read', async () => {
  const block = Buffer.concat(Array<Buffer>(4_000).fill(frame(PING, 'x'.repeat(125))));
  await stand.withstands('pings never read', () =>
    attackWith(stand.port, { width: 8, durationMs: 6_000 }, (socket, untilMs) =>
      pour(socket, block, untilMs),
    ),
  );
  expect(await cut()).toBeGreaterThan(0);
});

it('withstands pings just below the limit, held for seconds by many clients that never read', async () => {
  // Ten a second are allowed.
  const block = Buffer.concat(Array<Buffer>(4).fill(frame(PING, 'x'.repeat(125))));
  await stand.withstands('pings below the limit', () =>
    attackWith(stand.port, { width: 200, durationMs: 6_000 }, async (socket, untilMs) => {
      while (performance.now() < untilMs && !socket.destroyed) {
        socket.write(block);
        // All in the same moment.
        await sleep(500 - (performance.now() % 500));
      }
    }),
  );
});

it('withstands engine.io heartbeats that nobody asked for', async () => {
  const block = Buffer.concat(Array<Buffer>(4_000).fill(frame(TEXT, '3')));
  await stand.withstands('unasked heartbeats', () =>
    attackWith(stand.port, { width: 8, durationMs: 4_000 }, (socket, untilMs) =>
      pour(socket, block, untilMs),
    ),
  );
});
