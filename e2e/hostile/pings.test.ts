import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AttackStand, openAttackStand } from '../support/attack-meter.ts';
import { attackWith, frame, PING, pour, TEXT } from '../support/hostile-sockets.ts';
import { metricSum } from '../support/metrics.ts';

let stand: AttackStand;
beforeAll(async () => {
  stand = await openAttackStand();
});
afterAll(() => stand?.stop());

const cut = () => metricSum(stand.platform.url, 'deltastream_socket_gateway_cut_total', 'reason="flood"');

it('withstands WebSocket pings of clients that never read', async () => {
  const block = Buffer.concat(Array<Buffer>(4_000).fill(frame(PING, 'x'.repeat(125))));
  // The first thousand frames of each connection are answered before it is cut, which updates of others feel once.
  await stand.withstands(
    'pings never read',
    () =>
      attackWith(stand.port, { width: 8, durationMs: 6_000 }, (socket, untilMs) =>
        pour(socket, block, untilMs),
      ),
    500,
  );
  expect(await cut()).toBeGreaterThan(0);
});

it('withstands pings just below the limit, held for seconds by many clients that never read', async () => {
  const block = Buffer.concat(Array<Buffer>(45).fill(frame(PING, 'x'.repeat(125))));
  await stand.withstands('pings below the limit', () =>
    attackWith(stand.port, { width: 200, durationMs: 6_000 }, async (socket, untilMs) => {
      while (performance.now() < untilMs && !socket.destroyed) {
        socket.write(block);
        await sleep(500);
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
