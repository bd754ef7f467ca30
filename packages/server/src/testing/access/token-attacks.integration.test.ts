import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io as connect } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../adapters/log-files/log-store-files.ts';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../adapters/memory/user-store/user-store-memory.ts';
import { createServiceApp } from '../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import { createRemoteVerifier } from '../../kit/tokens/remote-verifier.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import { systemClock } from '../../ports/clock.ts';
import { createUser } from '../../services/auth/accounts/create-user.ts';
import { type AuthFixture, createAuthFixture, PASSWORD } from '../../services/auth/auth.fixture.ts';
import { loadKeyRing } from '../../services/auth/secrets/key-file.ts';
import { forgeTokens } from '../../services/auth/sessions/forged-tokens.fixture.ts';
import { createLogging } from '../../services/logging/service.ts';
import { createSocketGateway } from '../../services/socket-gateway/service.ts';

/** Every place that believes access tokens, in both shapes: beside the auth service, and in another process. */
let fixture: AuthFixture;
let tokens: Awaited<ReturnType<typeof forgeTokens>>;
const stops: (() => unknown)[] = [];
const places: Record<string, (token: string) => Promise<string>> = {};

async function serveSockets(name: string, verifier: TokenVerifier) {
  const gateway = createSocketGateway(
    { bus: fixture.bus, clock: systemClock, logger: silentLogger, verifier },
    { requireToken: true },
  );
  const server = createServer();
  gateway.attach(server);
  await gateway.start();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    await gateway.stop();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (options: object) =>
    new Promise<string>((resolve) => {
      const socket = connect(url, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        ...options,
      });
      const end = (outcome: string) => {
        socket.close();
        resolve(outcome);
      };
      socket.on('connected', () => end('in'));
      socket.on('connect_error', (error) =>
        end((error as { data?: { code?: string } }).data?.code ?? 'refused'),
      );
    });
  places[`the socket, ${name}`] = (token) => open({ auth: { token } });
  places[`the socket by header, ${name}`] = (token) =>
    open({ extraHeaders: { authorization: `Bearer ${token}` } });
}

async function serveLogs(name: string, verifier: TokenVerifier) {
  const folder = await mkdtemp(join(tmpdir(), 'token-attacks-'));
  const logs = await createFileLogStore({ folder: join(folder, 'logs') });
  const logging = createLogging({ logs, clock: systemClock, logger: silentLogger, verifier });
  const app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
  if (logging.routes) await app.register(logging.routes);
  stops.push(async () => {
    await app.close();
    await logs.close();
    await rm(folder, { recursive: true });
  });
  places[`logging, ${name}`] = async (token) => {
    const response = await app.inject({ url: '/api/logs', headers: { authorization: `Bearer ${token}` } });
    return response.statusCode === 200 ? 'in' : response.json().code;
  };
}

beforeAll(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  fixture.clock.set(Date.now());
  const running = await fixture.start();
  const admin = { email: 'admin@example.com', password: PASSWORD, role: 'admin' as const };
  const { id } = await createUser(fixture.users, admin, { keyFile: fixture.keyFile, bcryptCost: 4 });
  // The time of the clock that lags behind, so that what has just expired has for every place.
  const nowMs = fixture.clock.now();
  const { current } = await loadKeyRing(fixture.keyFile, nowMs);
  tokens = await forgeTokens({ key: current, nowMs, claims: { sub: id } });

  const authUrl = await running.app.listen({ host: '127.0.0.1', port: 0 });
  const remote = await createRemoteVerifier({
    authUrl,
    issuer: 'deltastream',
    audience: 'deltastream',
    clock: systemClock,
    bus: fixture.bus,
    logger: silentLogger,
  });
  places['auth, its own routes'] = async (token) => {
    const { status, body } = await running.get('me', token);
    return status === 200 ? 'in' : body.code;
  };
  places['auth, verify'] = async (token) => {
    const { body } = await running.post('verify', { token });
    return body.valid === true ? 'in' : body.valid === false ? 'invalid_token' : body.code;
  };
  for (const [name, verifier] of [
    ['beside auth', running.auth.verifier],
    ['in another process', remote],
  ] as const) {
    await serveLogs(name, verifier);
    await serveSockets(name, verifier);
  }
});
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
  await fixture.remove();
});

/** A header cannot carry what is not a token at all; the verify route's schema bounds the length. */
const REFUSALS = ['invalid_token', 'unauthenticated', 'invalid_request'];

describe('forged access tokens', () => {
  it('are refused by every service and the socket, all of them, while a good one is let in', async () => {
    expect(Object.keys(places)).toHaveLength(8);
    for (const [place, ask] of Object.entries(places)) {
      expect(await ask(tokens.good), place).toBe('in');
      for (const [forgery, token] of Object.entries(tokens.forged)) {
        expect(REFUSALS, `${place}: ${forgery}`).toContain(await ask(token));
      }
      expect(await ask(tokens.good), place).toBe('in');
    }
  });
});
