import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ignoreRequests } from './client-limits.ts';

it('makes no requests of what comes behind the one for which a connection is closed', async () => {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    ignoreRequests(request.socket);
    response.writeHead(429, { connection: 'close' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pipelined = connect(port, '127.0.0.1');
  pipelined.on('error', () => {});
  pipelined.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500));
  const [answer] = await once(pipelined, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1.1 429 /);
  await once(pipelined, 'close');
  await sleep(20);
  expect(requests).toBe(1);
  // The next connection is another, though Node gives it the same parser.
  expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(429);
  server.close();
});
