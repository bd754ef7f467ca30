import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryRateLimiter } from '../../adapters/memory/rate-limiter/rate-limiter-memory.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import { openRemoteVerifier } from '../../launch/assembly.ts';
import { trustedProxiesOf } from '../../launch/listening-ports.ts';
import { systemClock } from '../../ports/clock.ts';
import { NO_LIMIT, startGateway } from '../../services/gateway/gateway.fixture.ts';
import { createSocketGateway, type SocketGateway } from '../../services/socket-gateway/service.ts';
import { openPolling, openWebSocket } from '../../services/socket-gateway/testing/raw-clients.fixture.ts';
import { SERVICES } from '../../services.ts';
import { readSettings } from '../../settings/read.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(gateway: SocketGateway): Promise<string> {
  const server: Server = createServer((_request, response) => response.writeHead(404).end());
  gateway.attach(server);
  await gateway.start();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    await gateway.stop();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The socket gateway as the settings make it, in a process without a gateway. */
async function serveAlone(flags: Readonly<Record<string, string>>): Promise<string> {
  const bus = createMemoryBus();
  closers.push(() => bus.close());
  const settings = readSettings({ only: 'socket-gateway', ...flags }, {});
  const verifier = await openRemoteVerifier(bus, settings, silentLogger);
  const ports = { bus, rateLimiter: createMemoryRateLimiter(), verifier };
  const trustedProxies = trustedProxiesOf(['socket-gateway'], settings);
  const context = { settings, logger: silentLogger, clock: systemClock, trustedProxies };
  return serve(await SERVICES['socket-gateway'].create(ports as never, context));
}

/** What the namespace says to a client without a token. */
async function connectWithoutToken(url: string): Promise<string> {
  const { webSocket } = await openWebSocket(url);
  const answer = once(webSocket, 'message');
  webSocket.send('40');
  const text = String((await answer)[0]);
  webSocket.terminate();
  return text;
}

describe('a socket gateway without a gateway beside it', () => {
  it('is open on this machine only, and asks for tokens where others can reach it or it is told to', async () => {
    const authUrl = 'http://127.0.0.1:9';
    expect(await connectWithoutToken(await serveAlone({}))).toMatch(/^40/);
    const closed: Record<string, string>[] = [
      { host: '0.0.0.0' },
      { authRequired: 'true' },
      { socketToken: 'required' },
    ];
    for (const flags of closed) {
      expect(await connectWithoutToken(await serveAlone({ authUrl, ...flags }))).toMatch(
        /^44.*unauthenticated/,
      );
    }
    const open = await serveAlone({ host: '0.0.0.0', authRequired: 'false' });
    expect(await connectWithoutToken(open)).toMatch(/^40/);
  });

  it('believes what a gateway on its machine says of the address', async () => {
    const url = await serveAlone({ readRate: '0.4' });
    const from = (address: string) => openPolling(url, { 'x-forwarded-for': address });
    await from('203.0.113.1');
    await expect(from('203.0.113.1')).rejects.toThrow('too_many_requests');
    await from('203.0.113.2');
  });
});

describe('sockets behind the gateway of another process', () => {
  async function startBoth(tokensRequired = false) {
    const bus = createMemoryBus();
    closers.push(() => bus.close());
    const sockets = createSocketGateway(
      { bus, clock: systemClock, logger: silentLogger },
      { maxSessionsPerAddress: 2, trustedProxies: ['loopback'] },
    );
    const upstream = await serve(sockets);
    const gateway = await startGateway({
      config: { upstreamUrls: { 'socket-gateway': upstream }, trustedProxies: ['loopback'], tokensRequired },
      limiter: NO_LIMIT,
    });
    closers.push(() => gateway.stop());
    return gateway.url().replace('localhost', '127.0.0.1');
  }

  it.each([
    ['polling', openPolling],
    ['websocket', openWebSocket],
  ] as const)('are counted by the address of the client over %s', async (_transport, open) => {
    const url = await startBoth();
    const from = (address: string) => open(url, { 'x-forwarded-for': address });
    await from('203.0.113.1');
    await from('203.0.113.1:50001');
    await expect(openPolling(url, { 'x-forwarded-for': '203.0.113.1' })).rejects.toThrow(
      'too_many_connections',
    );
    await from('203.0.113.2');
  });

  it('ask for a token where the gateway does, although they are open by themselves', async () => {
    expect(await connectWithoutToken(await startBoth())).toMatch(/^40/);
    const url = await startBoth(true);
    expect(await connectWithoutToken(url)).toMatch(/^44.*unauthenticated/);
    const session = await openPolling(url);
    await session.post('40');
    expect(await (await session.poll()).text()).toMatch(/^44.*unauthenticated/);
  });

  it('are for pages of the gateway only', async () => {
    const url = await startBoth();
    await openPolling(url, { origin: url });
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of foreign) {
      await expect(openPolling(url, headers)).rejects.toThrow('origin_not_allowed');
    }
  });
});
