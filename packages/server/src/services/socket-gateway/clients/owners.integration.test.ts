import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { Identity, TokenVerifier } from '../../../kit/tokens/token.ts';
import { ask, createGatewayHarness } from '../testing/gateway.fixture.ts';

const { startGateway, join, closeAll } = createGatewayHarness(() => createMemoryBus());
afterEach(closeAll);

/** Tokens are `user:role`, or `user.role` in headers. */
const verifier: TokenVerifier = {
  async verify(token) {
    const [userId, role] = token.split(/[.:]/) as [string, Identity['role']];
    return { userId, email: 'e', role, sessionId: userId, scopes: null, exp: Date.now() / 1000 + 60 };
  },
  onRevoked: () => () => {},
};
const userQuota = {
  userConnections: 2,
  userSubscriptions: 3,
  userMessagesPerSecond: 0.001,
  userMessageBurst: 5,
};
const by = (userId: string) => ({ auth: { token: `${userId}:viewer` }, reconnection: false });
const via = (address: string) => ({ extraHeaders: { 'x-forwarded-for': address }, reconnection: false });
const refusal = (joining: Promise<unknown>) =>
  joining.then(
    () => null,
    (error: { data?: { code?: string } }) => error.data?.code,
  );

describe('socket gateway: what one owner may have', () => {
  it('counts the connections of a user, and forgets those that ended', async () => {
    const { url } = await startGateway(userQuota, 1, { verifier });
    const first = await join(url, by('u1'));
    await join(url, by('u1'));
    expect(await refusal(join(url, by('u1')))).toBe('too_many_connections');
    await join(url, by('u2'));
    first.close();
    await expect.poll(() => refusal(join(url, by('u1')))).toBeNull();
  });

  it('counts the subscriptions and messages of all connections of a user together', async () => {
    const { url } = await startGateway({ ...userQuota, products: ['A', 'B', 'C', 'D'] }, 1, { verifier });
    const [one, other] = [await join(url, by('u1')), await join(url, by('u1'))];
    const product = (symbol: string) => ({ type: 'product', symbol });
    for (const symbol of ['A', 'B']) expect(await ask(one, product(symbol))).toMatchObject({ ok: true });
    expect(await ask(other, product('C'))).toMatchObject({ ok: true });
    expect(await ask(other, product('D'))).toMatchObject({ error: { code: 'too_many_subscriptions' } });
    await one.emitWithAck('unsubscribe', product('A') as never);
    expect(await ask(other, product('D'))).toMatchObject({ error: { code: 'too_many_requests' } });
    const third = await join(url, by('u2'));
    expect(await ask(third, product('D'))).toMatchObject({ ok: true });
  });

  it('goes by address without a token, of IPv6 by network, and believes declared proxies only', async () => {
    const proxied = await startGateway({ addressConnections: 2, trustedProxies: ['loopback'] });
    await join(proxied.url, via('2001:db8:1:2::1'));
    await join(proxied.url, via('2001:db8:1:2:ffff::7'));
    expect(await refusal(join(proxied.url, via('2001:db8:1:2::3')))).toBe('too_many_connections');
    expect(await refusal(join(proxied.url, via('9.9.9.9, 2001:db8:1:2::3')))).toBe('too_many_connections');
    await join(proxied.url, via('2001:db8:1:3::1'));
    const direct = await startGateway({ addressConnections: 2 });
    for (let i = 0; i < 4; i++) await join(direct.url, via('203.0.113.1'));
  });

  it('shows administrators, and nobody else, who is there', async () => {
    const { url, gateway } = await startGateway({ products: ['A'] }, 1, { verifier });
    const client = await join(url, by('u1'));
    await ask(client, { type: 'chain', symbol: 'A', mode: 'delta', strikes: { around_atm: 9 } });
    const app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
    if (gateway.routes) await app.register(gateway.routes);
    const get = (token?: string) =>
      app.inject({
        url: '/api/admin/sockets',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
    expect([(await get()).statusCode, (await get('u1.viewer')).statusCode]).toEqual([401, 403]);
    const asAdmin = await app.inject({
      url: '/api/admin/sockets',
      headers: { authorization: 'Bearer boss.admin' },
    });
    expect(asAdmin.json()).toMatchObject({
      connected_to_bus: true,
      clients: 1,
      rooms: [
        { room: 'chain:A', members: 1, channels: [{ name: 'chain:A|250|delta|atm10', interval_ms: 250 }] },
      ],
      connections: [{ id: client.id, owner: 'user u1', transport: 'websocket', rooms: 1, queued_packets: 0 }],
      truncated: null,
    });
    expect((await app.inject({ url: '/api/asyncapi.json' })).json()).toMatchObject({ asyncapi: '3.0.0' });
    await app.close();
  });
});
