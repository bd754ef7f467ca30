import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import {
  type AuthFixture,
  createAuthFixture,
  NOW_MS,
  PASSWORD,
  type RunningAuth,
  trader,
} from '../auth.fixture.ts';

const NEW_PASSWORD = 'another horse battery';

let fixture: AuthFixture;
let running: RunningAuth;
let post: RunningAuth['post'];
let get: RunningAuth['get'];
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start();
  ({ post, get } = running);
});
afterEach(() => fixture.remove());

const register = async () => (await post('register', trader)).body;
const login = async (headers = {}) => (await post('login', trader, { headers })).body;
const works = async ({ token, refresh_token }: { token: string; refresh_token: string }) => [
  (await post('verify', { token })).body.valid as boolean,
  (await post('refresh', { refresh_token })).status === 200,
];
const code = async (path: string, payload: unknown, token?: string) =>
  (await post(path, payload, { token })).body.code;

describe('me', () => {
  it('answers the account of the token', async () => {
    const { token, user } = await register();
    expect((await get('me', token)).body).toEqual({
      ...user,
      created_at: new Date(NOW_MS).toISOString(),
      has_password: true,
      second_factor: false,
      recovery_codes_left: 0,
      identities: [],
    });
  });

  it.each([
    ['GET', 'me'],
    ['GET', 'sessions'],
    ['GET', 'keys'],
    ['POST', 'password'],
    ['POST', 'sessions/revoke'],
    ['POST', 'logout-everywhere'],
    ['POST', 'account/delete'],
    ['POST', 'second-factor/begin'],
    ['POST', 'second-factor/confirm'],
    ['POST', 'second-factor/remove'],
    ['POST', 'keys'],
    ['POST', 'keys/revoke'],
    ['POST', 'providers/link'],
  ])('%s %s is for those who are logged in', async (method, path) => {
    const bodies: Record<string, object> = {
      password: { new_password: NEW_PASSWORD },
      'sessions/revoke': { session_id: 's' },
      'second-factor/confirm': { code: '123456' },
      'second-factor/remove': { code: '123456' },
      keys: { name: 'n', scopes: ['market:read'] },
      'keys/revoke': { key_id: 'k' },
      'providers/link': { flow: 'f', query: 'q' },
    };
    const response = method === 'GET' ? await get(path) : await post(path, bodies[path] ?? {});
    expect([response.status, response.body.code]).toEqual([401, 'unauthenticated']);
  });
});

describe('logout', () => {
  it('ends the session with its access tokens, and no other', async () => {
    const first = await register();
    const second = await login();
    expect((await post('logout', { refresh_token: first.refresh_token })).body).toEqual({ ok: true });
    expect(await works(first)).toEqual([false, false]);
    expect(await works(second)).toEqual([true, true]);
  });

  it('answers the same for a token that is not known', async () => {
    await register();
    for (const refresh_token of ['x', `${'A'.repeat(22)}.${'A'.repeat(43)}`]) {
      expect(await post('logout', { refresh_token })).toMatchObject({ status: 200, body: { ok: true } });
    }
  });

  it('everywhere ends every session', async () => {
    const all = [await register(), await login(), await login()];
    const response = await post('logout-everywhere', {}, { token: all[1].token });
    expect(response.body).toEqual({ revoked: 3 });
    for (const each of all) expect(await works(each)).toEqual([false, false]);
    expect(await works(await login())).toEqual([true, true]);
  });
});

describe('sessions', () => {
  it('are listed with device, network and times, the newest first, this one marked', async () => {
    await register();
    fixture.pass(1000);
    const phone = { 'user-agent': 'Phone\u0007 1' };
    const { token } = (await post('login', trader, { headers: phone, remoteAddress: '2001:db8:1:2::9' }))
      .body;
    const { sessions } = (await get('sessions', token)).body;
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      current: true,
      created_at: new Date(NOW_MS + 1000).toISOString(),
      last_used_at: new Date(NOW_MS + 1000).toISOString(),
      expires_at: new Date(NOW_MS + 1000 + 30 * 24 * 3600 * 1000).toISOString(),
      device: 'Phone 1',
      network: '2001:db8:1:2',
    });
    expect(sessions[1].current).toBe(false);
  });

  it('are revoked one by one, those of others never', async () => {
    const first = await register();
    const second = await login();
    const other = (await post('register', { ...trader, email: 'other@example.com' })).body;
    const { sessions } = (await get('sessions', second.token)).body;
    const session_id = sessions.find(({ current }: { current: boolean }) => !current).id;
    expect(await code('sessions/revoke', { session_id }, other.token)).toBe('not_found');
    expect(await code('sessions/revoke', { session_id }, second.token)).toBeUndefined();
    expect(await code('sessions/revoke', { session_id }, second.token)).toBe('not_found');
    expect(await works(first)).toEqual([false, false]);
    expect(await works(second)).toEqual([true, true]);
  });

  it('are bounded: one more ends the oldest', async () => {
    await running.stop();
    ({ post, get } = await fixture.start({ maxSessions: 3 }));
    const all = [await register()];
    for (let i = 0; i < 3; i++) {
      fixture.pass(1000);
      all.push(await login());
    }
    expect(await works(all[0])).toEqual([false, false]);
    expect(await works(all[1])).toEqual([true, true]);
  });
});

describe('change of password', () => {
  const change = (token: string, current_password?: string, new_password = NEW_PASSWORD) =>
    post('password', { current_password, new_password }, { token });

  it('needs the present one, and ends every other session', async () => {
    const first = await register();
    const second = await login();
    expect((await change(second.token, 'wrong')).body.code).toBe('invalid_credentials');
    expect((await change(second.token)).body.code).toBe('invalid_credentials');
    expect((await change(second.token, PASSWORD, 'password123')).body.code).toBe('weak_password');
    expect((await change(second.token, PASSWORD)).body).toEqual({ ok: true });
    expect(await works(first)).toEqual([false, false]);
    expect(await works(second)).toEqual([true, true]);
    expect((await post('login', trader)).status).toBe(401);
    expect((await post('login', { ...trader, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('leaves no session of a login under the old password, however they meet', async () => {
    await register();
    let password = PASSWORD;
    for (let i = 0; i < 30; i++) {
      const { token } = (await post('login', { ...trader, password })).body;
      const next = `${NEW_PASSWORD} ${i}`;
      const logins = Array.from({ length: 4 }, () => post('login', { ...trader, password }));
      const changed = await change(token, password, next);
      expect(changed.status).toBe(200);
      for (const { status, body } of await Promise.all(logins)) {
        if (status === 200) expect(await works(body)).toEqual([false, false]);
      }
      password = next;
    }
  });

  it('is limited for each session, so that a stolen token cannot guess', async () => {
    await running.stop();
    ({ post, get } = await fixture.start({ loginsPerKnownDevice: 3 }));
    const { token } = await register();
    for (let i = 0; i < 3; i++) expect((await change(token, 'wrong')).status).toBe(401);
    expect((await change(token, PASSWORD)).status).toBe(429);
    expect((await post('login', trader)).status).toBe(200);
  });
});

describe('a login that credentials change under', () => {
  /** The login finds that `change` came after its session was made and before it is answered. */
  const overtakenBy = async (change: () => Promise<unknown>) => {
    const { users } = fixture;
    const createSession = async (session: Parameters<typeof users.createSession>[0]) => {
      await users.createSession(session);
      await change();
    };
    const second = await fixture.start({}, { ...users, createSession });
    const { status, body } = await second.post('login', trader);
    const user = await users.byEmail(trader.email);
    const left = await users.sessionsOf(user?.id ?? id);
    return { status, code: body.code, live: left.filter(({ revoked }) => !revoked).length };
  };
  let id: string;
  beforeEach(async () => {
    const { user, refresh_token } = await register();
    ({ id } = user);
    await post('logout', { refresh_token });
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'a change of the password',
      async () => fixture.users.changePassword(id, (await fixture.users.byId(id))!.passwordHash, 'new'),
    ],
    ['the removal of the account', () => fixture.users.remove(id)],
    [
      'a second factor',
      async () => {
        await fixture.users.beginSecondFactor(id, 'sealed');
        await fixture.users.confirmSecondFactor(id, 'sealed', 1, []);
      },
    ],
  ])('ends without a session: %s', async (_name, change) => {
    expect(await overtakenBy(change)).toEqual({ status: 401, code: 'invalid_credentials', live: 0 });
  });
});

describe('deletion of an account', () => {
  it('needs the password, and ends everything that the account had', async () => {
    const first = await register();
    const { key } = (
      await post('keys', { name: 'bot', scopes: ['market:read'], password: PASSWORD }, { token: first.token })
    ).body;
    const keyToken = (await post('token', { api_key: key })).body.token;
    expect(await code('account/delete', { password: 'wrong' }, first.token)).toBe('invalid_credentials');
    expect(await code('account/delete', { password: PASSWORD }, first.token)).toBeUndefined();
    expect(await works(first)).toEqual([false, false]);
    expect((await post('verify', { token: keyToken })).body.valid).toBe(false);
    expect(await code('token', { api_key: key })).toBe('invalid_token');
    expect((await post('login', trader)).status).toBe(401);
    expect((await post('register', trader)).status).toBe(201);
  });

  it('leaves no session of a login at the same time', async () => {
    for (let i = 0; i < 30; i++) {
      const { token } = await register();
      const logins = Array.from({ length: 4 }, () => post('login', trader));
      expect((await post('account/delete', { password: PASSWORD }, { token })).status).toBe(200);
      for (const { status, body } of await Promise.all(logins)) {
        if (status === 200) expect(await works(body)).toEqual([false, false]);
      }
    }
  });

  it('that ended before it came to keys and documents is completed at the next start', async () => {
    const { user, token } = (await post('register', trader)).body;
    await post('keys', { name: 'bot', scopes: ['market:read'], password: PASSWORD }, { token });
    await fixture.users.remove(user.id);
    expect(await fixture.users.apiKeysOf(user.id)).toHaveLength(1);
    await fixture.start();
    expect(await fixture.users.apiKeysOf(user.id)).toEqual([]);
  });

  it('of one without a password needs a fresh login', async () => {
    const { refresh_token } = await register();
    const user = (await fixture.users.byEmail(trader.email))!;
    await fixture.users.remove(user.id);
    await fixture.users.create({ ...user, passwordHash: null });
    fixture.pass(600_001);
    const { token } = (await post('refresh', { refresh_token })).body;
    expect(await code('account/delete', {}, token)).toBe('login_too_old');
    expect(await code('password', { new_password: NEW_PASSWORD }, token)).toBe('login_too_old');
    fixture.clock.set(NOW_MS + 600_000);
    expect(await code('account/delete', {}, token)).toBeUndefined();
  });
});
