import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { io as connect } from 'socket.io-client';
import { createMemoryBus } from '../../packages/server/src/adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../packages/server/src/adapters/memory/user-store/user-store-memory.ts';
import { silentLogger } from '../../packages/server/src/kit/logging/log.ts';
import { createRemoteVerifier } from '../../packages/server/src/kit/tokens/remote-verifier.ts';
import { systemClock } from '../../packages/server/src/ports/clock.ts';
import { createAuthFixture, trader } from '../../packages/server/src/services/auth/auth.fixture.ts';
import { createSocketGateway } from '../../packages/server/src/services/socket-gateway/service.ts';

const LOGOUTS = 100;

/**
 * Milliseconds from the begin of a logout until a verifier that learns of it over the bus refuses the access
 * token, and until a client of a socket gateway with that verifier is cut.
 */
export async function revocationDelays(): Promise<{ refused: number[]; cut: number[] }> {
  const fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  fixture.clock.set(Date.now());
  const running = await fixture.start();
  const authUrl = await running.app.listen({ host: '127.0.0.1', port: 0 });
  const { bus } = fixture;
  const names = { issuer: 'deltastream', audience: 'deltastream' };
  const verifier = await createRemoteVerifier({
    authUrl,
    ...names,
    clock: systemClock,
    bus,
    logger: silentLogger,
  });
  const gateway = createSocketGateway({ bus, clock: systemClock, logger: silentLogger, verifier });
  const server = createServer();
  gateway.attach(server);
  await gateway.start();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  await running.post('register', trader);
  const delays = { refused: [] as number[], cut: [] as number[] };
  for (let i = 0; i < LOGOUTS; i++) {
    const { token, refresh_token } = (await running.post('login', trader)).body;
    const client = connect(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { token },
    });
    await new Promise((resolve) => client.on('connected', resolve));
    const begun = performance.now();
    const cut = new Promise<void>((resolve) => client.on('disconnect', () => resolve()));
    const loggedOut = running.post('logout', { refresh_token });
    const isGood = () => verifier.verify(token).then(Boolean, () => false);
    while (await isGood()) await nextTurn();
    delays.refused.push(performance.now() - begun);
    await cut;
    delays.cut.push(performance.now() - begun);
    await loggedOut;
  }
  await gateway.stop();
  server.close();
  await fixture.remove();
  return delays;
}
