import { afterAll, beforeAll, it } from 'vitest';
import { attackWith, frame, pour, TEXT } from '../support/clients/hostile-sockets.ts';
import { openSocketStand, type SocketStand } from './socket-stand.ts';

let stand: SocketStand;
beforeAll(async () => {
  stand = await openSocketStand();
});
afterAll(() => stand?.stop());

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
    attackWith(stand.port, { width: 8, durationMs: 4_000 }, async (socket, untilMs) => {
      if (first !== null) socket.write(frame(TEXT, first));
      await pour(socket, block, untilMs);
    }),
  );
});
