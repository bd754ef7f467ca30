import { describe, expect, it } from 'vitest';
import { createDenylist, LEAST_KEPT_MS } from '../../../kit/tokens/denylist.ts';
import { createKeySet } from '../../../kit/tokens/keys.ts';
import { createTokenVerifier } from '../../../kit/tokens/verifier.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { user as someUser } from '../../../ports/stores/users/user-store.fixture.ts';
import type { User } from '../../../ports/stores/users/user-store.ts';
import { createSigningKey } from '../secrets/key-ring.ts';
import { signAccessToken } from './access-token.ts';
import { forgeTokens } from './forged-tokens.fixture.ts';

const NOW_MS = 1_787_000_000_500;
const rules = { issuer: 'deltastream', audience: 'deltastream' };
const user = someUser({ role: 'trader' });
const key = createSigningKey();
const seconds = Math.floor(NOW_MS / 1000);
const clock = createManualClock(NOW_MS);
const start = () => {
  const denylist = createDenylist({ clock });
  const keys = createKeySet([key.publicJwk]);
  return { denylist, verifier: createTokenVerifier({ keys, ...rules, clock, denylist }) };
};

const sign = (who: Partial<User> = {}, scopes?: ('market:read' | 'logs:read')[]) =>
  signAccessToken(
    key,
    { ...rules, lifetimeSeconds: 600 },
    { user: { ...user, ...who }, sessionId: 's1', scopes },
    NOW_MS,
  );

describe('access tokens', () => {
  it('carry who it is, of which session and until when', async () => {
    const token = await sign();
    const header = JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString());
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.kid });
    expect(await start().verifier.verify(token)).toEqual({
      userId: 'u1',
      email: 'trader@example.com',
      role: 'trader',
      sessionId: 's1',
      scopes: null,
      exp: seconds + 600,
    });
  });

  it('end at their expiry, remembered or not', async () => {
    const { verifier } = start();
    const token = await sign();
    clock.set((seconds + 599) * 1000);
    await verifier.verify(token);
    clock.set((seconds + 600) * 1000);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'invalid_token' });
    await expect(start().verifier.verify(token)).rejects.toMatchObject({ code: 'invalid_token' });
    clock.set(NOW_MS);
  });

  it('end when their session is revoked, remembered or not, and are told of once', async () => {
    const { verifier, denylist } = start();
    const told: string[] = [];
    verifier.onRevoked((sid) => told.push(sid));
    const token = await sign();
    await verifier.verify(token);
    const revocation = [{ sid: 's1', until: NOW_MS + 1000 }];
    denylist.add(revocation);
    denylist.add(revocation);
    for (let i = 0; i < 2; i++) {
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'invalid_token' });
    }
    expect(told).toEqual(['s1']);
  });

  it('end when their key is withdrawn, although they are remembered', async () => {
    let keys = createKeySet([key.publicJwk]);
    const set = { find: (kid: string) => keys.find(kid) };
    const verifier = createTokenVerifier({ keys: set, ...rules, clock, denylist: createDenylist({ clock }) });
    const token = await sign();
    await verifier.verify(token);
    keys = createKeySet([]);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'invalid_token' });
  });

  it('are refused in every forged form, before and after a good one was remembered', async () => {
    const { verifier } = start();
    const { good, forged } = await forgeTokens({ key, nowMs: NOW_MS });
    expect(Object.keys(forged).length).toBeGreaterThanOrEqual(60);
    for (let round = 0; round < 2; round++) {
      for (const [name, token] of Object.entries(forged)) {
        await expect(verifier.verify(token), name).rejects.toMatchObject({ code: 'invalid_token' });
      }
      expect((await verifier.verify(good)).role).toBe('admin');
    }
  });
});

describe('the denylist', () => {
  it('forgets what has ended, and makes room by what ends first', () => {
    const time = createManualClock(0);
    const denylist = createDenylist({ clock: time, maxRevoked: 3 });
    denylist.add([
      { sid: 'a', until: 300 },
      { sid: 'b', until: 100 },
      { sid: 'c', until: 200 },
    ]);
    denylist.add([{ sid: 'd', until: 400 }]);
    expect(['a', 'b', 'c', 'd'].map(denylist.has)).toEqual([true, false, true, true]);
    time.set(200);
    expect(denylist.list()).toEqual([
      { sid: 'a', until: 300 },
      { sid: 'd', until: 400 },
    ]);
    denylist.add([{ sid: 'a', until: 250 }]);
    expect(denylist.list()).toContainEqual({ sid: 'a', until: 300 });
    time.set(LEAST_KEPT_MS);
    expect(denylist.list()).toEqual([]);
    expect(['a', 'c', 'd'].map(denylist.has)).toEqual([false, false, false]);
  });

  it('holds while the wall clock is set forth and back, asked meanwhile or not', () => {
    for (const asked of [true, false]) {
      const time = createManualClock(NOW_MS);
      const denylist = createDenylist({ clock: time });
      denylist.add([{ sid: 'a', until: NOW_MS + 600_000 }]);
      time.step(86_400_000);
      denylist.add([{ sid: 'b', until: NOW_MS + 600_000 }]);
      if (asked) expect([denylist.list(), denylist.has('a')]).toEqual([[], true]);
      time.step(-86_400_000);
      expect(denylist.list()).toHaveLength(2);
      expect([denylist.has('a'), denylist.has('b')]).toEqual([true, true]);
    }
  });

  it('holds as long as tokens live by a wall clock that was set back', () => {
    const time = createManualClock(NOW_MS);
    const denylist = createDenylist({ clock: time });
    denylist.add([{ sid: 'a', until: NOW_MS + 600_000 }]);
    time.step(-3 * LEAST_KEPT_MS);
    time.set(time.now() + 2 * LEAST_KEPT_MS);
    denylist.list();
    expect(denylist.has('a')).toBe(true);
  });
});
