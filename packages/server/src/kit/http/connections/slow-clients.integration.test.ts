import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../logging/log.ts';
import { createHttpApp, type HttpApp, type HttpOptions } from '../http.ts';

const MEGABYTE = 2 ** 20;
let app: HttpApp;
let underWay = 0;
let mostUnderWay = 0;
let handled = 0;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

async function start(options: Partial<HttpOptions> = {}): Promise<number> {
  underWay = 0;
  mostUnderWay = 0;
  handled = 0;
  app = createHttpApp({ logger: silentLogger, closeGraceMs: 0, ...options });
  app.get('/slow/:id', async (request) => {
    handled += 1;
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    await sleep(2);
    underWay -= 1;
    return request.params;
  });
  app.get('/large', async () => {
    handled += 1;
    return Buffer.alloc(8 * MEGABYTE, 'x');
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return Number(new URL(url).port);
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('pipelined requests', () => {
  it('are handled one after the other and answered in order', async () => {
    const socket = await open(await start());
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.write(Array.from({ length: 30 }, (_, i) => get(`/slow/${i}`)).join(''));
    const ids = () => [...text.matchAll(/"id":"(\d+)"/g)].map(([, id]) => Number(id));
    await expect.poll(() => ids().length).toBe(30);
    expect(ids()).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(mostUnderWay).toBe(1);
  });

  it('wait while a response is not read, and go on when it is', async () => {
    const socket = await open(await start());
    socket.pause();
    socket.write(get('/large').repeat(20));
    await expect.poll(() => handled).toBeGreaterThan(0);
    await sleep(300);
    expect(handled).toBeLessThanOrEqual(2);
    socket.resume();
    await expect.poll(() => handled).toBe(20);
  });

  it('end the connection beyond the limit, and what waits on it is not handled', async () => {
    const port = await start({ maxPipelinedRequests: 10 });
    const socket = await open(port);
    socket.write(Array.from({ length: 500 }, (_, i) => get(`/slow/${i}`)).join(''));
    socket.resume();
    await once(socket, 'close');
    await sleep(50);
    expect(handled).toBeLessThanOrEqual(2);
    expect((await fetch(`http://127.0.0.1:${port}/slow/1`)).status).toBe(200);
  });
});

describe('a response that is not read', () => {
  it('ends the connection when the time for it is over', async () => {
    const socket = await open(await start({ answerTimeoutMs: 300 }));
    socket.pause();
    socket.write(get('/large'));
    const begun = performance.now();
    await expect.poll(connections).toBe(0);
    expect(performance.now() - begun).toBeGreaterThan(250);
  });

  it('does not end the connection of a client that reads slowly', async () => {
    const socket = await open(await start({ answerTimeoutMs: 1_000 }));
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 40);
    });
    socket.write(get('/large'));
    await sleep(3_000);
    expect(socket.destroyed).toBe(false);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(8 * MEGABYTE);
  });

  it('ends the connections with most to read where all of them hold too much together', async () => {
    const port = await start({ maxUnreadBytes: 20 * MEGABYTE });
    for (let i = 0; i < 8; i++) {
      const socket = await open(port);
      socket.pause();
      socket.write(get('/large'));
    }
    await expect.poll(connections).toBeLessThanOrEqual(5);
    await sleep(400);
    expect(await connections()).toBeGreaterThan(0);
  });
});

const connections = () =>
  new Promise<number>((resolve) => {
    app.server.getConnections((_error, count) => resolve(count));
  });
