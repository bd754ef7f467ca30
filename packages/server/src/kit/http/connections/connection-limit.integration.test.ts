import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { limitConnections } from './client-limits.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(most: number, exempt: string[]) {
  const server = createServer();
  limitConnections(server, most, exempt);
  server.on('connection', (socket) => socket.write('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  /** Whether a new connection is served. */
  return async (localAddress: string): Promise<{ served: boolean; socket: Socket }> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.on('error', () => {});
    closers.push(() => socket.destroy());
    const served = await Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'close').then(() => false),
    ]);
    return { served, socket };
  };
}

it('closes what one address opens beyond the limit, and lets it in again afterwards', async () => {
  const open = await serve(2, []);
  const [first, second, third] = [await open('127.0.0.2'), await open('127.0.0.2'), await open('127.0.0.2')];
  expect([first, second, third].map(({ served }) => served)).toEqual([true, true, false]);
  expect((await open('127.0.0.3')).served).toBe(true);
  first.socket.destroy();
  await expect.poll(async () => (await open('127.0.0.2')).served).toBe(true);
});

it('does not count who speaks for many', async () => {
  const open = await serve(1, ['127.0.0.4', 'loopback']);
  for (let i = 0; i < 3; i++) expect((await open('127.0.0.4')).served).toBe(true);
});
