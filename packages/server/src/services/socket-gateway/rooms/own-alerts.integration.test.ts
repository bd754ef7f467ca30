import { ALERT_FIRINGS, type OwnAlertUpdate, type PublishedFiring } from '@deltastream/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import type { Identity, TokenVerifier } from '../../../ports/token-verifier.ts';
import { ask, createGatewayHarness, received } from '../testing/gateway.fixture.ts';

const { startGateway, join, closeAll } = createGatewayHarness(() => createMemoryBus());
afterEach(closeAll);

const identity = (userId: string, given: Partial<Identity> = {}): Identity => ({
  ...{ userId, email: `${userId}@example.com`, role: 'viewer', sessionId: userId, scopes: null },
  exp: Math.floor(Date.now() / 1000) + 3_600,
  ...given,
});
const IDENTITIES: Readonly<Record<string, Identity>> = {
  asha: identity('asha'),
  ravi: identity('ravi'),
  admin: identity('admin', { role: 'admin' }),
  'prices only': identity('asha', { sessionId: 'key', scopes: ['market:read'] }),
};
const verifier: TokenVerifier = {
  async verify(token) {
    const found = IDENTITIES[token];
    if (found === undefined) throw new Error('unknown token');
    return found;
  },
  onRevoked: () => () => {},
};

const firing = (owner: string, seq: number): PublishedFiring => ({
  owner,
  epoch: 'alerts',
  seq,
  firing: {
    ...{ id: `${owner}-${seq}`, seq, rule_id: 'r1', rule: 'PCR high', severity: 'warning' },
    ...{ product: 'NIFTY', expiry: '2026-12-03', at: '2026-11-26T09:15:00.000Z' },
    ...{ message: 'PCR of NIFTY is 1.3', figures: { pcr_oi: 1.3 }, muted: false },
  },
});

async function open(settings = {}) {
  const made = await startGateway(settings, 1, { verifier });
  const fire = (owner: string, seq: number) =>
    made.bus.publish(ALERT_FIRINGS.name, ALERT_FIRINGS.frames.encode(firing(owner, seq)));
  const as = (token: string) => join(made.url, { auth: { token } });
  return { ...made, fire, as };
}
const numbers = (updates: readonly { seq: number }[]) => updates.map(({ seq }) => seq);

describe('the room of own alerts', () => {
  it('gives every firing to the connections of its owner and to nobody else', async () => {
    const { fire, as } = await open();
    const [asha, again, ravi] = await Promise.all([as('asha'), as('asha'), as('ravi')]);
    const seen = [asha, again, ravi].map((client) => received(client, 'alert_fired'));
    for (const client of [asha, again, ravi]) {
      expect(await ask(client, { type: 'own_alerts' })).toMatchObject({
        ok: true,
        room: 'own_alerts:me',
        snapshot: [],
      });
    }
    await fire('asha', 1);
    await fire('ravi', 1);
    await fire('asha', 2);
    await expect.poll(() => seen.map(numbers)).toEqual([[1, 2], [1, 2], [1]]);
    expect(seen[2][0]).toMatchObject({ id: 'ravi-1', room: 'own_alerts:me', rule: 'PCR high' });
  });

  it('tells of lost firings their owner alone', async () => {
    const { fire, as } = await open({ gapWaitMs: 50 });
    const [asha, ravi] = await Promise.all([as('asha'), as('ravi')]);
    const gaps = [asha, ravi].map((client) => received(client, 'gap'));
    for (const client of [asha, ravi]) await ask(client, { type: 'own_alerts' });
    for (const seq of [1, 4]) await fire('asha', seq);
    await expect
      .poll(() => gaps[0])
      .toMatchObject([{ room: 'own_alerts:me', from: 2, to: 3, reason: 'lost' }]);
    expect(gaps[1]).toEqual([]);
  });

  it('begins with what is kept, once each, and resumes by number', async () => {
    const { fire, as } = await open();
    for (const seq of [1, 2, 2, 3]) await fire('asha', seq);
    const asha = await as('asha');
    const subscribed = await ask(asha, { type: 'own_alerts' });
    expect(numbers((subscribed as { snapshot: OwnAlertUpdate[] }).snapshot)).toEqual([1, 2, 3]);
    const resumed = await ask(asha, { type: 'own_alerts', resume: { epoch: 'alerts', seq: 1 } });
    expect(resumed).toMatchObject({ ok: true, resumed: true, snapshot: null, seq: 3 });
    expect(numbers((resumed as { missed: OwnAlertUpdate[] }).missed)).toEqual([2, 3]);
  });

  it('tells a client at once that it may have missed what fired before the gateway began', async () => {
    const { as } = await open({ catchUpMs: 60_000 });
    const asha = await as('asha');
    const gaps = received(asha, 'gap');
    const resumed = await ask(asha, { type: 'own_alerts', resume: { epoch: 'alerts', seq: 7 } });
    expect(resumed).toMatchObject({ ok: true, resumed: false, snapshot: [] });
    expect(gaps).toMatchObject([{ room: 'own_alerts:me', from: 8, to: null, reason: 'history' }]);
  });

  it('is of the platform for administrators', async () => {
    const { fire, as } = await open();
    const [asha, admin] = await Promise.all([as('asha'), as('admin')]);
    const request = { type: 'own_alerts', owner: 'operator' };
    expect(await ask(asha, request)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    const seen = received(admin, 'alert_fired');
    expect(await ask(admin, request)).toMatchObject({ ok: true, room: 'own_alerts:operator' });
    await fire('admin', 1);
    await fire('operator', 1);
    await expect.poll(() => seen.map(({ id }) => id)).toEqual(['operator-1']);
  });

  it('is refused to an API key without its scope', async () => {
    const { as } = await open();
    const client = await as('prices only');
    expect(await ask(client, { type: 'own_alerts' })).toMatchObject({
      ok: false,
      error: { code: 'forbidden', message: expect.stringContaining('alerts:read') },
    });
  });

  it('is that of `local` for who needs no token on this machine', async () => {
    const { fire, url } = await open();
    const client = await join(url);
    const seen = received(client, 'alert_fired');
    expect(await ask(client, { type: 'own_alerts' })).toMatchObject({ ok: true });
    await fire('local', 1);
    await expect.poll(() => numbers(seen)).toEqual([1]);
  });

  it.each([{ owner: 'asha' }, { symbol: 'NIFTY' }, { owner: null }])(
    'takes no other field: %j',
    async (more) => {
      const { as } = await open();
      const client = await as('asha');
      expect(await ask(client, { type: 'own_alerts', ...more })).toMatchObject({
        ok: false,
        error: { code: 'invalid_request' },
      });
    },
  );
});
