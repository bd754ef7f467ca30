import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attackerAddress,
  attackWith,
  frame,
  openUnread,
  PING,
  POLLING,
  pour,
  TEXT,
} from '../support/clients/hostile-sockets.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { openSocketStand, type SocketStand } from './socket-stand.ts';

const REQUEST = '["subscribe",{"type":"chain","symbol":"NIFTY"}]';
const MESSAGES_PER_SECOND = 20;

/** One platform for all of them: each comes from an address of its own. */
let stand: SocketStand;
beforeAll(async () => {
  stand = await openSocketStand();
});
afterAll(() => stand?.stop());

const metric = (name: string, labels = '') =>
  metricSum(stand.platform.url, `deltastream_socket_gateway_${name}`, labels);

describe('packets', () => {
  it.each<[what: string, first: string | null, packet: string]>([
    ['requests to enter unknown namespaces', null, '40/nowhere,'],
    ['acknowledgements that nobody asked for', '40', '431[]'],
    ['commands that nobody knows', '40', '421["nothing",{}]'],
    ['malformed subscriptions', '40', `421["subscribe",${'['.repeat(50)}${']'.repeat(50)}]`],
    ['binary packets', '40', '459-["subscribe"]'],
    ['upgrade probes', null, '2probe'],
  ])('withstands %s without end', async (what, first, packet) => {
    const block = Buffer.concat(Array<Buffer>(2_000).fill(frame(TEXT, packet)));
    await stand.withstands(what, () =>
      attackWith(stand.port, { width: 8, durationMs: 3_000 }, async (socket, untilMs) => {
        if (first !== null) socket.write(frame(TEXT, first));
        await pour(socket, block, untilMs);
      }),
    );
  });
});

describe('pings', () => {
  it('withstands WebSocket pings of clients that never read', async () => {
    const block = Buffer.concat(Array<Buffer>(4_000).fill(frame(PING, 'x'.repeat(125))));
    await stand.withstands('pings never read', () =>
      attackWith(stand.port, { width: 8, durationMs: 6_000 }, (socket, untilMs) =>
        pour(socket, block, untilMs),
      ),
    );
    expect(await metric('cut_total', 'reason="flood"')).toBeGreaterThan(0);
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
});

describe('handshakes', () => {
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
});

describe('responses that are never read', () => {
  it('withstands clients that ask for snapshots with acknowledgements and never read them', async () => {
    await stand.withstands('snapshots never read', () =>
      attackWith(stand.port, { width: 40, durationMs: 7_000 }, async (socket, untilMs) => {
        socket.write(frame(TEXT, '40'));
        for (let id = 0; performance.now() < untilMs && !socket.destroyed; id++) {
          socket.write(frame(TEXT, `42${id}${REQUEST}`));
          await sleep(1000 / MESSAGES_PER_SECOND);
        }
      }),
    );
  });

  it('withstands polling sessions that ask for snapshots and never poll', async () => {
    await stand.withstands('sessions that never poll', () => pollingAttack(stand.port, 7_000, false));
  });

  it('withstands polling sessions that poll and never read the answers', async () => {
    await stand.withstands('polls never read', () => pollingAttack(stand.port, 7_000, true));
  });
});

async function pollingAttack(port: number, durationMs: number, poll: boolean): Promise<void> {
  const untilMs = performance.now() + durationMs;
  const base = `http://127.0.0.1:${port}${POLLING}`;
  const unread: ReturnType<typeof connect>[] = [];
  const one = async () => {
    while (performance.now() < untilMs) {
      const response = await fetch(base);
      const text = await response.text();
      if (response.status !== 200) {
        await sleep(200);
        continue;
      }
      const { sid } = JSON.parse(text.slice(1)) as { sid: string };
      const post = (body: string) => fetch(`${base}&sid=${sid}`, { method: 'POST', body });
      await (await post('40')).text();
      for (let id = 0; performance.now() < untilMs; id++) {
        const posted = await post(
          Array.from({ length: 10 }, (_, i) => `42${10 * id + i}${REQUEST}`).join('\u001e'),
        );
        await posted.text();
        if (posted.status !== 200) break;
        if (poll) {
          const socket = connect(port, '127.0.0.1');
          socket.on('error', () => {});
          socket.pause();
          socket.write(`GET ${POLLING}&sid=${sid} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
          unread.push(socket);
        }
        await sleep(500);
      }
    }
  };
  await Promise.all(Array.from({ length: 20 }, () => one().catch(() => {})));
  for (const socket of unread) socket.destroy();
}
