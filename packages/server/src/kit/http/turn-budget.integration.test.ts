import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../logging/log.ts';
import { createHttpApp, type HttpApp } from './http.ts';

const CLIENTS = 300;
const ask = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

let app: HttpApp;
const sockets: Socket[] = [];
/** Paths in the order in which they were answered. */
let answered: string[];

beforeEach(async () => {
  answered = [];
  app = createHttpApp({ logger: silentLogger, maxPipelinedRequests: 10 });
  app.addHook('onResponse', async ({ url }) => void answered.push(url));
  // As much as a chain in JSON costs.
  app.get('/long', async () => JSON.stringify(new Array(3_000).fill({ strike: 24_000 })));
  app.get('/short', async () => 'ok');
  await app.listen({ host: '127.0.0.1', port: 0 });
  for (let i = 0; i <= CLIENTS; i++) {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    await once(socket, 'connect');
  }
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

/** Everybody asks at once, a client with one plain request last; where its response came. */
async function placeOfShort(text: string, answers: number): Promise<number> {
  const [patient, ...others] = sockets.toReversed();
  for (const socket of others.toReversed()) socket.write(text);
  patient.write(ask('/short'));
  await expect.poll(() => answered.length).toBe(answers + 1);
  return answered.indexOf('/short') / answered.length;
}

it('refusals of many clients do not all come before the response to one that asks last', async () => {
  expect(await placeOfShort(ask('/nowhere'), CLIENTS)).toBeLessThan(0.7);
});

it('nor do requests that are sent ahead of their turn', async () => {
  // The first of each connection is like any other.
  expect(await placeOfShort(ask('/long').repeat(3), 3 * CLIENTS)).toBeLessThan(0.5);
});
