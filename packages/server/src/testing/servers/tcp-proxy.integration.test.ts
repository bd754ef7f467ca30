import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startTcpProxy } from './tcp-proxy.ts';

it('keeps the order of what it carries when its delay becomes shorter', async () => {
  let received = '';
  const server = createServer((socket) => socket.on('data', (data) => (received += data)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const proxy = await startTcpProxy(address.port);
  const client = createConnection({ port: proxy.port, host: '127.0.0.1', noDelay: true });
  await once(client, 'connect');
  const send = async (text: string) => {
    client.write(text);
    await sleep(10);
  };

  proxy.setLatency(60);
  await send('1');
  await send('2');
  proxy.setLatency(0);
  await send('3');
  await send('4');
  await expect.poll(() => received.length).toBe(4);
  await send('5');
  await expect.poll(() => received).toBe('12345');

  client.destroy();
  await proxy.close();
  server.close();
});
