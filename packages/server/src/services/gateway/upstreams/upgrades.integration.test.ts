import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startGateway } from '../gateway.fixture.ts';
import type { Gateway } from '../service.ts';
import type { GatewaySettings } from '../settings.ts';

let sockets: Server;
let gateway: Gateway;
let port = 0;
const handshakes: Record<string, string | string[] | undefined>[] = [];
const clients: Socket[] = [];

beforeEach(async () => {
  handshakes.length = 0;
  const server = createServer();
  sockets = new Server(server, {
    allowRequest: (request, decide) => {
      handshakes.push(request.headers);
      decide(null, request.headers.origin !== 'http://evil.example');
    },
  });
  sockets.on('connection', (socket) => socket.on('echo', (value, acknowledge) => acknowledge(value)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await gateway.stop();
  await sockets.close();
});

async function start(config: Partial<GatewaySettings> = {}): Promise<string> {
  gateway = await startGateway({
    config: { upstreamUrls: { 'socket-gateway': `http://127.0.0.1:${port}` }, ...config },
  });
  return gateway.url();
}

async function connect(url: string, transports: string[]): Promise<Socket> {
  const client = io(url, { transports, reconnection: false });
  clients.push(client);
  await new Promise((resolve, reject) => {
    client.on('connect', () => resolve(null));
    client.on('connect_error', reject);
  });
  return client;
}

describe('sockets that are elsewhere', () => {
  it.each([[['websocket']], [['polling']], [['polling', 'websocket']]])(
    'are reached by %j',
    async (transports) => {
      const client = await connect(await start(), transports);
      const large = 'x'.repeat(40_000);
      expect(await client.emitWithAck('echo', large)).toBe(large);
      if (transports.length > 1) {
        await expect.poll(() => client.io.engine.transport.name).toBe('websocket');
        expect(await client.emitWithAck('echo', 1)).toBe(1);
      }
    },
  );

  it('see headers of the list, and where the caller came from', async () => {
    const url = await start();
    const ws = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
      headers: {
        'x-user-id': '1',
        cookie: 'a=b',
        'x-forwarded-host': 'evil.example',
        origin: 'http://a.example',
      },
    });
    await new Promise((resolve) => ws.on('message', resolve));
    ws.close();
    expect(handshakes[0]).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(url).host,
    });
    expect(handshakes[0]).toMatchObject({ origin: 'http://a.example' });
    expect(handshakes[0]).not.toHaveProperty('x-user-id');
    expect(handshakes[0]).not.toHaveProperty('cookie');
  });

  const refusal = (url: string, path: string, headers: Record<string, string> = {}) =>
    new Promise<number>((resolve) => {
      const ws = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
      ws.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      ws.on('open', () => resolve(101));
      ws.on('error', () => {});
    });
  const SOCKET = '/socket.io/?EIO=4&transport=websocket';

  it('say themselves whom they refuse', async () => {
    expect(await refusal(await start(), SOCKET, { origin: 'http://evil.example' })).toBe(400);
  });

  it('are at one path only', async () => {
    const url = await start();
    expect(await refusal(url, '/api/status')).toBe(200);
    expect(await refusal(url, '/elsewhere')).toBe(404);
    expect(await refusal(url, '/socket.io/../api')).toBeGreaterThanOrEqual(400);
  });

  it('are refused with 503 when there are too many, or nobody answers', async () => {
    const url = await start({ maxUpgrades: 1 });
    await connect(url, ['websocket']);
    expect(await refusal(url, SOCKET)).toBe(503);
    clients[0].disconnect();
    await expect.poll(() => refusal(url, SOCKET)).toBe(101);
    await sockets.close();
    await expect.poll(() => refusal(url, SOCKET)).toBe(503);
  });

  it('are given up after a long silence, and at the stop of the gateway', async () => {
    const url = await start({ upgradeIdleMs: 100 });
    const silent = await connect(url, ['websocket']);
    await expect.poll(() => silent.connected).toBe(false);
    const client = await connect(url, ['websocket']);
    await gateway.stop();
    await expect.poll(() => client.connected).toBe(false);
  });
});
