import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createSqliteUserStore } from '../../adapters/sqlite/user-store/user-store-sqlite.ts';
import { session } from '../../ports/stores/users/user-store.fixture.ts';
import { createUser } from './accounts/create-user.ts';
import { NOW_MS, PASSWORD, trader, useAuthFixture } from './auth.fixture.ts';
import { createAuth } from './service.ts';

const DAY_MS = 24 * 3600 * 1000;

const { auth, fixture, start, post, refusal, metric, stop } = useAuthFixture(
  (file) => createSqliteUserStore({ file }),
  createMemoryBus,
);

describe('verify', () => {
  const nulls = { valid: false, user_id: null, email: null, role: null, exp: null };

  it('reads the token from the body, else from the header', async () => {
    await start();
    const { token, user } = (await post('register', trader)).body;
    const valid = {
      valid: true,
      user_id: user.id,
      email: user.email,
      role: 'viewer',
      exp: NOW_MS / 1000 + 600,
    };
    expect(await post('verify', { token })).toMatchObject({ status: 200, body: valid });
    const authorization = `Bearer ${token}`;
    expect(await post('verify', undefined, { headers: { authorization } })).toMatchObject({
      status: 200,
      body: valid,
    });
    expect(await post('verify', {}, { headers: { authorization } })).toMatchObject({
      status: 200,
      body: valid,
    });
    expect(await post('verify', { token: 'x' }, { headers: { authorization } })).toMatchObject({
      status: 200,
      body: nulls,
    });
  });

  it('answers that a forged or expired token is not valid, and 401 to none', async () => {
    await start();
    const { token } = (await post('register', trader)).body;
    expect((await post('verify', { token: `${token.slice(0, -4)}AAAA` })).body).toEqual(nulls);
    fixture().clock.set(NOW_MS + 600_000);
    expect(await post('verify', { token })).toMatchObject({ status: 200, body: nulls });
    expect(await refusal('verify')).toEqual([401, 'unauthenticated']);
    expect(await refusal('verify', {})).toEqual([401, 'unauthenticated']);
  });

  it('keeps tokens good over a restart', async () => {
    await start();
    const { token } = (await post('register', trader)).body;
    await stop();
    await start();
    expect((await post('verify', { token })).body.valid).toBe(true);
  });
});

describe('the auth service', () => {
  it('logs no password, token or hash', async () => {
    await start();
    const first = (await post('register', trader)).body;
    const second = (await post('login', trader)).body;
    const third = (await post('refresh', { refresh_token: second.refresh_token })).body;
    await post('register', trader);
    await post('login', { ...trader, password: 'wrong password' });
    await post('login', { email: 'nobody@example.com', password: 'wrong password' });
    await post('login', { email: 'bad', password: 'wrong password' });
    await post('verify', { token: first.token });
    await post('verify', { token: `${first.token}x` }, { token: second.token });
    fixture().pass(11_000);
    await post('refresh', { refresh_token: second.refresh_token });
    await post('refresh', { refresh_token: `${third.refresh_token}x` });
    const user = await fixture().users.byEmail(trader.email);
    const families = [first, second].map(({ refresh_token }) => refresh_token.split('.')[0]);
    const session = await fixture().users.session(families[1]);
    const secrets = [
      PASSWORD,
      'wrong password',
      user!.passwordHash!,
      session!.secretHash,
      ...families,
      ...[first, second, third].flatMap(({ token, refresh_token }) => [
        refresh_token,
        refresh_token.split('.')[1],
        token,
        token.split('.')[2],
      ]),
    ];
    const text = fixture().logged.join('');
    expect(text).toContain('user_registered');
    expect(text).toContain('login_refused');
    expect(text).toContain('session_reused');
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it('removes expired sessions on its timer until it stops', async () => {
    await start({ sweepIntervalMs: 20 });
    const family = (await post('register', trader)).body.refresh_token.split('.')[0];
    fixture().clock.set(NOW_MS + 31 * DAY_MS);
    await expect.poll(() => fixture().users.session(family)).toBeNull();
    await auth().stop();
    await fixture().users.createSession(session({ familyId: 'later', expiresAt: 0 }));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await fixture().users.session('later')).not.toBeNull();
  });

  it('stops during work: what runs is answered, what waits is told so', async () => {
    await start({ bcryptCost: 10, hashConcurrency: 1 });
    const running = Array.from({ length: 4 }, () => post('login', trader));
    await expect.poll(() => metric('passwords_waiting')).toBe(3);
    await Promise.all([auth().stop(), auth().stop()]);
    const responses = await Promise.all(running);
    expect(responses.map(({ body }) => body.code).toSorted()).toEqual([
      'invalid_credentials',
      'stopped',
      'stopped',
      'stopped',
    ]);
    expect(await refusal('login', trader)).toEqual([503, 'stopped']);
  });

  it('is not ready before its start, nor without its store', async () => {
    await start();
    expect((await auth().ready()).every(({ ok }) => ok)).toBe(true);
    await fixture().users.close();
    expect(await auth().ready()).toContainEqual({
      name: 'user_store',
      ok: false,
      reason: expect.stringContaining('closed'),
    });
    expect(await refusal('login', trader)).toEqual([503, 'stopped']);
  });

  it('refuses settings that would weaken or break it', async () => {
    await start();
    for (const wrong of [
      { bcryptCost: 3 },
      { bcryptCost: 12.5 },
      { hashConcurrency: 0 },
      { stopTimeoutMs: -1 },
      { passwordAlgorithm: 'md5' as 'bcrypt' },
    ]) {
      expect(() => createAuth({ ...fixture() }, { keyFile: 'unused', ...wrong })).toThrow(
        expect.objectContaining({
          code: 'invalid_setting',
          message: expect.stringContaining(Object.keys(wrong)[0]),
        }),
      );
    }
  });
});

describe('createUser', () => {
  const config = () => ({ keyFile: fixture().keyFile, bcryptCost: 4 });

  it('makes an account of any role that can log in', async () => {
    await start();
    const user = await createUser(
      fixture().users,
      { ...trader, email: 'Admin@Example.com', role: 'admin' },
      config(),
    );
    expect(user).toMatchObject({ email: 'admin@example.com', name: 'admin', role: 'admin' });
    const { body } = await post('login', { ...trader, email: 'admin@example.com' });
    expect(await auth().verifier.verify(body.token)).toMatchObject({ role: 'admin' });
  });

  it('refuses a bad address, a short password, and an address that is taken', async () => {
    await start();
    const details = { ...trader, role: 'viewer' } as const;
    const refusal = (changes: object) =>
      createUser(fixture().users, { ...details, ...changes }, config()).catch(({ code }) => code);
    expect(await refusal({ email: 'nobody' })).toBe('invalid_request');
    expect(await refusal({ password: '1234567' })).toBe('invalid_request');
    expect(await refusal({ password: 'password123' })).toBe('weak_password');
    expect(await refusal({ name: 'x'.repeat(101) })).toBe('invalid_request');
    await createUser(fixture().users, details, config());
    expect(await refusal({ email: 'TRADER@example.com' })).toBe('email_taken');
  });
});
