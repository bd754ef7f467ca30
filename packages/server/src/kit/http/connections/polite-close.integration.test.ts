import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { healthRoutes } from '../../health/health.ts';
import type { Service } from '../../lifecycle/service.ts';
import { silentLogger } from '../../logging/log.ts';
import { createHttpApp, type HttpApp } from '../http.ts';
import type { PoliteCloseSettings } from './polite-close.ts';

/** A service that lacks nothing. */
const CONTENT: Service = {
  name: 'storage',
  metrics: new Registry(),
  start: async () => undefined,
  stop: async () => undefined,
  ready: async () => [],
};

let app: HttpApp;
afterEach(() => app.close());

async function listening({ graceMs, timeoutMs }: PoliteCloseSettings): Promise<number> {
  app = createHttpApp({ logger: silentLogger, closeGraceMs: graceMs, closeTimeoutMs: timeoutMs });
  app.get('/quick', async () => 'complete');
  app.get('/slow', async () => {
    await sleep(500);
    return 'complete';
  });
  await app.register(healthRoutes(CONTENT));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function get(
  port: number,
  path: string,
  agent: Agent,
): Promise<{ answer: IncomingMessage; text: string }> {
  const sent = request({ port, host: '127.0.0.1', path, agent });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of answer) text += piece;
  return { answer, text };
}

describe('closing politely', () => {
  it('completes what was asked, answers what comes meanwhile, and says that it closes', async () => {
    const port = await listening({ graceMs: 5000, timeoutMs: 10_000 });
    const [slow, kept] = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
    expect((await get(port, '/quick', kept)).answer.headers.connection).toBe('keep-alive');
    const underWay = get(port, '/slow', slow);
    await sleep(50);
    const closing = app.close();
    await sleep(20);
    const readiness = await get(port, '/readyz', new Agent());
    expect([readiness.answer.statusCode, JSON.parse(readiness.text).checks]).toEqual([
      503,
      [{ name: 'server', ok: false, reason: 'it is stopping' }],
    ]);
    const late = await get(port, '/quick', kept);
    expect(late).toMatchObject({
      text: 'complete',
      answer: { statusCode: 200, headers: { connection: 'close' } },
    });
    expect(await underWay).toMatchObject({
      text: 'complete',
      answer: { statusCode: 200, headers: { connection: 'close' } },
    });
    await closing;
    await expect(get(port, '/quick', kept)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('loses none of the requests of clients that send one after the other', async () => {
    const port = await listening({ graceMs: 5000, timeoutMs: 10_000 });
    let answered = 0;
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (;;) {
        const { answer, text } = await get(port, '/quick', agent);
        expect([answer.statusCode, text]).toEqual([200, 'complete']);
        answered += 1;
        if (answer.headers.connection === 'close') return;
      }
    };
    const clients = Promise.all(Array.from({ length: 20 }, client));
    await sleep(200);
    await app.close();
    await clients;
    expect(answered).toBeGreaterThan(20);
  });

  it('ends although a client is silent, or keeps another protocol open', async () => {
    const port = await listening({ graceMs: 50, timeoutMs: 200 });
    app.server.on('upgrade', () => undefined);
    const silent = connect(port, '127.0.0.1');
    silent.write('GET /quick HTTP/1.1\r\nhost: x\r\n');
    const upgraded = connect(port, '127.0.0.1');
    upgraded.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
    for (const socket of [silent, upgraded]) socket.on('error', () => undefined);
    await sleep(50);
    await app.close();
  });
});
