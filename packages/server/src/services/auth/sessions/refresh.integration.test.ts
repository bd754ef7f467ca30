import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createSqliteUserStore } from '../../../adapters/sqlite/user-store/user-store-sqlite.ts';
import { NOW_MS, trader, useAuthFixture } from '../auth.fixture.ts';

const DAY_MS = 24 * 3600 * 1000;

const { auth, fixture, start, post, refusal, metric } = useAuthFixture(
  (file) => createSqliteUserStore({ file }),
  createMemoryBus,
);

describe('refresh', () => {
  const refresh = (token: string) => post('refresh', { refresh_token: token });

  it('exchanges a token for a new session of the same family', async () => {
    await start();
    const first = (await post('register', trader)).body;
    const { status, body } = await refresh(first.refresh_token);
    expect(status).toBe(200);
    expect(body.user).toEqual(first.user);
    expect(body.refresh_token).not.toBe(first.refresh_token);
    const sessions = [await auth().verifier.verify(first.token), await auth().verifier.verify(body.token)];
    expect(sessions[0].sessionId).toBe(sessions[1].sessionId);
    expect(first.refresh_token).not.toContain(sessions[0].sessionId);
    expect((await refresh(body.refresh_token)).status).toBe(200);
  });

  it('gives the immediate parent the same successor for 10 s, so a lost answer does no harm', async () => {
    await start();
    const first = (await post('register', trader)).body.refresh_token;
    const second = (await refresh(first)).body.refresh_token;
    fixture().pass(10_000);
    const again = await refresh(first);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBe(second);
    expect(await auth().verifier.verify(again.body.token)).toMatchObject({ role: 'viewer' });
    expect((await refresh(second)).status).toBe(200);
    expect(await metric('refresh_reuses_total')).toBe(0);
  });

  it('revokes the family when the parent comes later than that, and its access tokens with it', async () => {
    await start();
    const first = (await post('register', trader)).body;
    const other = (await post('login', trader)).body.refresh_token;
    const second = (await refresh(first.refresh_token)).body;
    fixture().pass(10_001);
    expect(await refusal('refresh', { refresh_token: first.refresh_token })).toEqual([401, 'invalid_token']);
    expect(await refusal('refresh', { refresh_token: second.refresh_token })).toEqual([401, 'invalid_token']);
    for (const { token } of [first, second]) {
      await expect(auth().verifier.verify(token)).rejects.toMatchObject({ code: 'invalid_token' });
    }
    expect(await metric('refresh_reuses_total')).toBe(1);
    expect((await refresh(other)).status).toBe(200);
  });

  it('gives the parent no more than that when the clock is set back', async () => {
    await start();
    const first = (await post('register', trader)).body.refresh_token;
    expect((await refresh(first)).status).toBe(200);
    fixture().clock.step(-3_600_000);
    fixture().pass(1_800_000);
    expect(await refusal('refresh', { refresh_token: first })).toEqual([401, 'invalid_token']);
  });

  it('revokes the family at once when a grandparent comes back', async () => {
    await start();
    const first = (await post('register', trader)).body.refresh_token;
    const second = (await refresh(first)).body.refresh_token;
    const third = (await refresh(second)).body.refresh_token;
    expect(await refusal('refresh', { refresh_token: first })).toEqual([401, 'invalid_token']);
    for (const refresh_token of [second, third]) {
      expect(await refusal('refresh', { refresh_token })).toEqual([401, 'invalid_token']);
    }
    expect(fixture().events()).toContain('session_reused');
  });

  it('gives 50 simultaneous exchanges of one token one successor', async () => {
    await start();
    const { refresh_token: token } = (await post('register', trader)).body;
    const responses = await Promise.all(Array.from({ length: 50 }, () => refresh(token)));
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(200));
    const successors = new Set(responses.map(({ body }) => body.refresh_token));
    expect(successors.size).toBe(1);
    expect((await refresh([...successors][0])).status).toBe(200);
  });

  it('refuses malformed and unknown tokens without touching any session', async () => {
    await start();
    const { refresh_token: token } = (await post('register', trader)).body;
    const [family, secret] = token.split('.');
    const unknown = ['x', '.', `${family}.`, `.${secret}`, `${family}.${secret}x`, `${family}${secret}`];
    for (const each of [...unknown, `${'A'.repeat(22)}.${secret}`]) {
      expect(await refusal('refresh', { refresh_token: each }), each).toEqual([401, 'invalid_token']);
    }
    expect((await refresh(token)).status).toBe(200);
  });

  it('extends a session at each use, and ends it 30 days after the last', async () => {
    await start();
    const { refresh_token: first } = (await post('register', trader)).body;
    fixture().clock.set(NOW_MS + 29 * DAY_MS);
    const { refresh_token: second } = (await refresh(first)).body;
    fixture().clock.set(NOW_MS + 58 * DAY_MS);
    const { refresh_token: third } = (await refresh(second)).body;
    fixture().clock.set(NOW_MS + 88 * DAY_MS);
    expect(await refusal('refresh', { refresh_token: third })).toEqual([401, 'invalid_token']);
  });

  it('ends a session 90 days after its login, however often it is used', async () => {
    await start();
    let token = (await post('register', trader)).body.refresh_token;
    for (let days = 20; days < 90; days += 20) {
      fixture().clock.set(NOW_MS + days * DAY_MS);
      token = (await refresh(token)).body.refresh_token;
    }
    fixture().clock.set(NOW_MS + 90 * DAY_MS - 1);
    const last = await refresh(token);
    expect(last.status).toBe(200);
    fixture().clock.set(NOW_MS + 90 * DAY_MS);
    const { refresh_token } = last.body;
    expect(await refusal('refresh', { refresh_token })).toEqual([401, 'invalid_token']);
  });

  it('stores no token, only hashes', async () => {
    await start();
    const { refresh_token: token } = (await post('register', trader)).body;
    const [family, secret] = token.split('.');
    const session = await fixture().users.session(family);
    expect(JSON.stringify(session)).not.toContain(secret);
    expect(session?.secretHash).toMatch(/^[0-9a-f]{64}$/);
  });
});
