import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, it } from 'vitest';
import { attackWith, frame, POLLING, TEXT } from '../support/clients/hostile-sockets.ts';
import { openSocketStand, type SocketStand } from './socket-stand.ts';

let stand: SocketStand;
beforeAll(async () => {
  stand = await openSocketStand();
});
afterAll(() => stand?.stop());

const REQUEST = '["subscribe",{"type":"chain","symbol":"NIFTY"}]';
const MESSAGES_PER_SECOND = 20;

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
