import { setTimeout as sleep } from 'node:timers/promises';
import { io as connect } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { Identity, TokenVerifier } from '../../../kit/tokens/token.ts';
import { systemClock } from '../../../ports/clock.ts';
import { createSocketGateway } from '../service.ts';
import type { SocketGatewaySettings } from '../settings.ts';
import { type Client, createGatewayHarness } from '../testing/gateway.fixture.ts';

/** Tokens `session:seconds` that are good for so long from now on. */
function createTestVerifier() {
  const revoked = new Set<string>();
  const listeners = new Set<(sessionId: string) => void>();
  const addresses: (string | undefined)[] = [];
  const verifier: TokenVerifier = {
    async verify(token, address) {
      addresses.push(address);
      const [, sessionId, seconds, scope] = /^(\w+):([\d.]+)(?::(\S+))?$/.exec(token) ?? [];
      if (sessionId === undefined || revoked.has(sessionId)) {
        throw new DeltaStreamError('invalid_token', 'not good');
      }
      const exp = Date.now() / 1000 + Number(seconds);
      const scopes = scope === undefined ? null : ([scope] as Identity['scopes']);
      return { userId: 'u', email: 'e', role: 'viewer', sessionId, scopes, exp };
    },
    onRevoked(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const revoke = (sessionId: string) => {
    revoked.add(sessionId);
    for (const listener of listeners) listener(sessionId);
  };
  return { verifier, revoke, listeners, addresses };
}

let test: ReturnType<typeof createTestVerifier>;
let harness: ReturnType<typeof createGatewayHarness>;
beforeEach(() => {
  test = createTestVerifier();
  harness = createGatewayHarness(() => createMemoryBus());
});
afterEach(() => harness.closeAll());

const start = (config: Partial<SocketGatewaySettings> = {}) =>
  harness.startGateway(config, 1, { verifier: test.verifier });
const join = (url: string, token?: string): Promise<Client> =>
  harness.join(url, { reconnection: false, ...(token && { auth: { token } }) });
const refusalOf = (url: string, token?: string) =>
  join(url, token).then(
    () => null,
    (error: { data?: { code?: string } }) => error.data?.code,
  );
/** Resolves with the code of the error that came before the end of the connection. */
const endOf = (client: Client) =>
  new Promise<string>((resolve) => {
    let code = '';
    client.on('error', (error) => {
      code = error.code;
    });
    client.on('disconnect', () => resolve(code));
  });

describe('socket gateway: tokens', () => {
  it('are not needed unless required, but a bad one is refused in either case', async () => {
    const open = await start();
    await join(open.url);
    expect(await refusalOf(open.url, 'nonsense')).toBe('invalid_token');
    const closed = await start({ requireToken: true });
    expect(await refusalOf(closed.url)).toBe('unauthenticated');
    expect(await refusalOf(closed.url, 'nonsense')).toBe('invalid_token');
    await join(closed.url, 's1:60');
  });

  it('come by header, too', async () => {
    const { url } = await start({ requireToken: true });
    await harness.join(url, { extraHeaders: { authorization: 'Bearer nonsense' } }).catch(() => undefined);
    const socket = connect(url, { transports: ['websocket'], reconnection: false, forceNew: true });
    const error = await new Promise<Error>((resolve) => socket.on('connect_error', resolve));
    expect(error).toMatchObject({ data: { code: 'unauthenticated' } });
    socket.close();
  });

  it('of an API key need the scope market:read', async () => {
    const { url } = await start();
    expect(await refusalOf(url, 's1:60:logs:read')).toBe('forbidden');
    await join(url, 's1:60:market:read');
  });

  it('cut their connections when their session is revoked, and no others', async () => {
    const { url, metric } = await start();
    const clients = await Promise.all([
      join(url, 's1:60'),
      join(url, 's1:60'),
      join(url, 's2:60'),
      join(url),
    ]);
    const ends = [endOf(clients[0]), endOf(clients[1])];
    test.revoke('s1');
    expect(await Promise.all(ends)).toEqual(['invalid_token', 'invalid_token']);
    expect(clients.map(({ connected }) => connected)).toEqual([false, false, true, true]);
    expect(await metric('cut_total')).toBe(2);
  });

  it('cut their connection when they expire, unless a newer one of the session came', async () => {
    const { url } = await start();
    const [left, renewed] = await Promise.all([join(url, 's1:2'), join(url, 's2:2')]);
    const ended = endOf(left);
    const authenticate = (token: string) => renewed.emitWithAck('authenticate', token);
    expect(await authenticate('s3:60')).toMatchObject({ ok: false, error: { code: 'invalid_token' } });
    expect(await authenticate('nonsense')).toMatchObject({ ok: false, error: { code: 'invalid_token' } });
    expect(await authenticate('s2:60')).toEqual({ ok: true });
    expect(await ended).toBe('invalid_token');
    await sleep(100);
    expect(renewed.connected).toBe(true);
  });

  it('are checked for the address of their connection, at the handshake and later', async () => {
    const { url } = await start({ trustedProxies: ['loopback'] });
    const from = async (address: string, session: string) => {
      const options = { reconnection: false, auth: { token: `${session}:60` } };
      const client = await harness.join(url, {
        ...options,
        extraHeaders: { 'x-forwarded-for': address },
      });
      expect(await client.emitWithAck('authenticate', `${session}:90`)).toEqual({ ok: true });
    };
    await from('203.0.113.1', 's1');
    await from('203.0.113.2', 's2');
    // The handshake, the look after a revocation meanwhile, and `authenticate`.
    expect(test.addresses).toEqual([...Array(3).fill('203.0.113.1'), ...Array(3).fill('203.0.113.2')]);
  });

  it('do not bring a session to a connection that began without', async () => {
    const { url } = await start();
    const client = await join(url);
    const response = await client.emitWithAck('authenticate', 's1:60');
    expect(response).toMatchObject({ ok: false, error: { code: 'invalid_token' } });
  });

  it('cannot be required when nobody can check them', () => {
    const bus = createMemoryBus();
    const ports = { bus, clock: systemClock, logger: silentLogger };
    expect(() => createSocketGateway(ports, { requireToken: true })).toThrow(
      expect.objectContaining({ code: 'invalid_setting' }),
    );
  });

  it('are no longer followed after the stop', async () => {
    const { gateway } = await start();
    expect(test.listeners.size).toBe(1);
    await gateway.stop();
    expect(test.listeners.size).toBe(0);
  });
});
