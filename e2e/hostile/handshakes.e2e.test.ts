import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attackerAddress, openUnread, POLLING, pour } from '../support/clients/hostile-sockets.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { openSocketStand, type SocketStand } from './socket-stand.ts';

let stand: SocketStand;
beforeAll(async () => {
  stand = await openSocketStand();
});
afterAll(() => stand?.stop());

const metric = (name: string, labels = '') =>
  metricSum(stand.platform.url, `deltastream_socket_gateway_${name}`, labels);

it('withstands polling handshakes without end', async () => {
  const request = `GET ${POLLING} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const block = Buffer.from(request.repeat(50));
  await stand.withstands('polling handshakes', async () => {
    const untilMs = performance.now() + 4_000;
    const localAddress = attackerAddress();
    const one = async () => {
      while (performance.now() < untilMs) {
        const socket = connect({ port: stand.port, host: '127.0.0.1', localAddress });
        socket.on('error', () => {});
        socket.resume();
        await pour(socket, block, untilMs);
        socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: 4 }, one));
  });
  expect(await metric('rejected_total', 'code="too_many_requests"')).toBeGreaterThan(0);
  expect(await metric('sessions')).toBeLessThan(10_000);
});

it('withstands WebSockets that never enter a namespace, and closes them by the deadline', async () => {
  await stand.withstands('silent WebSockets', async () => {
    const untilMs = performance.now() + 4_000;
    const from = attackerAddress();
    let open = 0;
    const one = async () => {
      while (performance.now() < untilMs && open < 1_000) {
        const socket = await openUnread(stand.port, { from });
        if (socket) open += 1;
        else await sleep(100);
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
  });
  await expect.poll(() => metric('pending_sessions'), { interval: 500 }).toBe(0);
  expect(await metric('cut_total', 'reason="pending"')).toBeGreaterThan(0);
});
