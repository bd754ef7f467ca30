import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../../adapters/memory/user-store/user-store-memory.ts';
import { createSqliteUserStore } from '../../../../adapters/sqlite/user-store/user-store-sqlite.ts';
import {
  type AuthFixture,
  createAuthFixture,
  NOW_MS,
  PASSWORD,
  type RunningAuth,
  trader,
} from '../../auth.fixture.ts';

/** The life of a token, and as long as a refused session is remembered at least. */
const TOKENS_OVER_MS = 2 * 3_600_000;

let fixture: AuthFixture;
let running: RunningAuth;
/** A session of each. */
let admin: Session;
let viewer: Session;

interface Session {
  readonly token: string;
  readonly refresh_token: string;
  readonly user: { readonly id: string };
}

async function begin(openUsers: Parameters<typeof createAuthFixture>[0]): Promise<void> {
  fixture = await createAuthFixture(openUsers, createMemoryBus);
  running = await fixture.start();
  const { post } = running;
  const first = (await post('register', { ...trader, email: 'admin@example.com' })).body;
  await fixture.users.changeRole(first.user.id, 'admin');
  admin = (await post('login', { ...trader, email: 'admin@example.com' })).body;
  viewer = (await post('register', trader)).body;
}
beforeEach(() => begin(() => createMemoryUserStore()));
afterEach(() => fixture.remove());

const ask = async (path = '', by = admin.token) => {
  const headers = { authorization: `Bearer ${by}` };
  const response = await running.app.inject({ url: `/api/admin/users${path}`, headers });
  return { status: response.statusCode, body: response.json() };
};
const tell = async (user: Session, action: string, payload?: object, by = admin.token) => {
  const response = await running.app.inject({
    method: 'POST',
    url: `/api/admin/users/${user.user.id}/${action}`,
    headers: { authorization: `Bearer ${by}` },
    payload,
  });
  return { status: response.statusCode, body: response.json() };
};
const works = async ({ token, refresh_token }: Session) => [
  (await running.post('verify', { token })).body.valid as boolean,
  (await running.post('refresh', { refresh_token })).status === 200,
];
const login = async (email = trader.email) => running.post('login', { ...trader, email });
const keyOf = async ({ token }: Session): Promise<string> => {
  const order = { name: 'bot', scopes: ['market:read'], password: PASSWORD };
  return (await running.post('keys', order, { token })).body.key;
};
const roleBy = async (key: string) =>
  running.auth.verifier.verify(key).then(
    ({ role }) => role,
    ({ code }) => code as string,
  );

describe('accounts for administrators', () => {
  it('are listed by email, page after page, without what is secret of them', async () => {
    const { users, next_cursor } = (await ask('?limit=1')).body;
    expect(users).toEqual([
      {
        id: admin.user.id,
        email: 'admin@example.com',
        name: 'admin',
        role: 'admin',
        created_at: new Date(NOW_MS).toISOString(),
        last_login_at: new Date(NOW_MS).toISOString(),
        has_password: true,
        second_factor: false,
        disabled_at: null,
      },
    ]);
    const rest = (await ask(`?limit=1&cursor=${next_cursor}`)).body;
    expect(rest.users).toMatchObject([{ email: trader.email, role: 'viewer' }]);
    expect(rest.next_cursor).toBeNull();
    expect((await ask('?cursor=nonsense')).body.code).toBe('invalid_request');
  });

  it('tell their last login', async () => {
    fixture.pass(5_000);
    await running.post('refresh', { refresh_token: viewer.refresh_token });
    const lastLogin = async () => (await ask()).body.users[1].last_login_at;
    expect(await lastLogin()).toBe(new Date(NOW_MS).toISOString());
    await login();
    expect(await lastLogin()).toBe(new Date(NOW_MS + 5_000).toISOString());
  });

  it('are for administrators only, and for API keys of theirs that have the scope', async () => {
    const made = async (scope: string) => {
      const order = { name: 'bot', scopes: [scope], password: PASSWORD };
      return (await running.post('keys', order, { token: admin.token })).body.key;
    };
    expect((await ask('', viewer.token)).body.code).toBe('forbidden');
    expect((await ask('', await made('operations:manage'))).body.code).toBe('forbidden');
    expect((await ask('', await made('users:manage'))).status).toBe(200);
    for (const action of ['role', 'disable', 'enable', 'end-sessions']) {
      const body = action === 'role' ? { role: 'viewer' } : undefined;
      expect((await tell(admin, action, body, viewer.token)).body.code).toBe('forbidden');
      const nobody = { ...viewer, user: { id: 'nobody' } };
      expect((await tell(nobody, action, body)).body.code).toBe('not_found');
    }
    expect((await ask(`/${admin.user.id}/sessions`, viewer.token)).body.code).toBe('forbidden');
    expect((await ask(`/${viewer.user.id}/sessions`, await made('users:manage'))).status).toBe(200);
    expect((await ask('/nobody/sessions')).body.code).toBe('not_found');
  });
});

it('lets no API key manage its owner or make administrators', async () => {
  const order = { name: 'bot', scopes: ['users:manage'], password: PASSWORD };
  const { key } = (await running.post('keys', order, { token: admin.token })).body;
  const { token } = (await running.post('token', { api_key: key })).body;
  for (const by of [key, token]) {
    for (const action of ['role', 'disable', 'enable', 'end-sessions']) {
      const body = action === 'role' ? { role: 'trader' } : undefined;
      expect((await tell(admin, action, body, by)).body.code).toBe('forbidden');
    }
    expect((await ask(`/${admin.user.id}/sessions`, by)).body.code).toBe('forbidden');
    expect((await tell(viewer, 'role', { role: 'admin' }, by)).body.code).toBe('forbidden');
    expect((await tell(viewer, 'role', { role: 'trader' }, by)).body.role).toBe('trader');
    expect((await tell(viewer, 'role', { role: 'viewer' }, by)).body.role).toBe('viewer');
  }
  expect(await works(admin)).toEqual([true, true]);
});

describe('a change of role', () => {
  it('to a higher one holds from the next refresh on', async () => {
    expect((await tell(viewer, 'role', { role: 'trader' })).body).toMatchObject({ role: 'trader' });
    const { body } = await running.post('refresh', { refresh_token: viewer.refresh_token });
    expect(body.user.role).toBe('trader');
    expect((await tell(viewer, 'role', { role: 'king' })).body.code).toBe('invalid_request');
  });

  it('to a lower one leaves no token of the one before', async () => {
    await tell(viewer, 'role', { role: 'admin' });
    const promoted = (await login()).body;
    const key = await keyOf(promoted);
    expect(await roleBy(key)).toBe('admin');
    await tell(viewer, 'role', { role: 'viewer' });
    expect(await works(promoted)).toEqual([false, false]);
    expect(await roleBy(key)).toBe('invalid_token');
    expect((await login()).body.user.role).toBe('viewer');
    fixture.pass(TOKENS_OVER_MS);
    // As after a restart: here a refused key is remembered for a while of real time.
    running = await fixture.start();
    expect(await roleBy(key)).toBe('viewer');
  });

  it('that ended before it came to the tokens leaves none when it is asked for again', async () => {
    await tell(viewer, 'role', { role: 'admin' });
    const promoted = (await login()).body;
    await fixture.users.changeRole(viewer.user.id, 'viewer');
    expect(await works(promoted)).toEqual([true, true]);
    const again = (await login()).body;
    expect((await tell(viewer, 'role', { role: 'viewer' })).status).toBe(200);
    for (const each of [promoted, again]) expect(await works(each)).toEqual([false, false]);
  });

  it('that is a rise no more, because a higher role was given meanwhile, leaves no token of that', async () => {
    const { changeRole } = fixture.users;
    let promoted = viewer;
    const meanwhile: typeof changeRole = async (userId, role) => {
      await changeRole(userId, 'admin');
      promoted = (await login()).body;
      return changeRole(userId, role);
    };
    running = await fixture.start({}, { ...fixture.users, changeRole: meanwhile });
    expect((await tell(viewer, 'role', { role: 'trader' })).body.role).toBe('trader');
    expect(await works(promoted)).toEqual([false, false]);
  });
});

describe('a disabled account', () => {
  it('has no session and no key that is good, cannot log in, and can again once it is enabled', async () => {
    const key = await keyOf(viewer);
    expect((await tell(viewer, 'disable')).body.disabled_at).toBe(new Date(NOW_MS).toISOString());
    expect(await works(viewer)).toEqual([false, false]);
    expect(await roleBy(key)).toBe('invalid_token');
    const refused = await login();
    expect([refused.status, refused.body.code]).toEqual([403, 'account_disabled']);
    expect((await running.post('login', { ...trader, password: 'wrong password' })).body.code).toBe(
      'invalid_credentials',
    );
    fixture.pass(TOKENS_OVER_MS);
    expect((await running.post('token', { api_key: key })).body.code).toBe('invalid_token');
    admin = (await login('admin@example.com')).body;
    expect((await tell(viewer, 'disable')).status).toBe(200);
    expect((await tell(viewer, 'enable')).body.disabled_at).toBeNull();
    expect((await login()).status).toBe(200);
  });

  it('has no session of a login at the same time', async () => {
    for (let i = 0; i < 20; i++) {
      const logins = Array.from({ length: 4 }, () => login());
      expect((await tell(viewer, 'disable')).status).toBe(200);
      for (const { status, body } of await Promise.all(logins)) {
        if (status === 200) expect(await works(body)).toEqual([false, false]);
      }
      await tell(viewer, 'enable');
    }
  });
});

it.each([
  ['memory', () => createMemoryUserStore()],
  ['SQLite', (file: string) => createSqliteUserStore({ file })],
])('shows the live sessions of an account as its owner sees them, from %s', async (_store, openUsers) => {
  await fixture.remove();
  await begin(openUsers);
  const sessionsOf = async ({ user }: Session) => (await ask(`/${user.id}/sessions`)).body.sessions;
  fixture.pass(1_000);
  await running.post('login', trader, { headers: { 'user-agent': 'Phone 1' }, remoteAddress: '192.0.2.7' });
  const own = (await running.get('sessions', viewer.token)).body.sessions;
  expect(own).toMatchObject([
    { current: false, device: 'Phone 1', network: '192.0.2.7' },
    { current: true, created_at: new Date(NOW_MS).toISOString() },
  ]);
  // The one marked there is not the one that asks here.
  expect(await sessionsOf(viewer)).toEqual(own.map((each: object) => ({ ...each, current: false })));
  const ofAdmin = await sessionsOf(admin);
  expect(ofAdmin).toEqual((await running.get('sessions', admin.token)).body.sessions);
  expect(ofAdmin).toContainEqual(expect.objectContaining({ current: true }));
  await tell(viewer, 'end-sessions');
  expect(await sessionsOf(viewer)).toEqual([]);
});

it('ends the sessions of an account, and no others', async () => {
  const second = (await login()).body;
  expect((await tell(viewer, 'end-sessions')).body).toEqual({ revoked: 2 });
  for (const each of [viewer, second]) expect(await works(each)).toEqual([false, false]);
  expect(await works(admin)).toEqual([true, true]);
  expect((await login()).status).toBe(200);
});

it('keeps the last administrator who may log in, also from deleting the own account', async () => {
  const refusals = async () => [
    (await tell(admin, 'role', { role: 'viewer' })).body.code,
    (await tell(admin, 'disable')).body.code,
    (await running.post('account/delete', { password: PASSWORD }, { token: admin.token })).body.code,
  ];
  expect(await refusals()).toEqual(['last_admin', 'last_admin', 'last_admin']);
  await tell(viewer, 'role', { role: 'admin' });
  await tell(viewer, 'disable');
  expect(await refusals()).toEqual(['last_admin', 'last_admin', 'last_admin']);
  expect(await works(admin)).toEqual([true, true]);
  await tell(viewer, 'enable');
  expect((await tell(admin, 'role', { role: 'viewer' })).status).toBe(200);
});

it('is written down with who did it', async () => {
  await tell(viewer, 'role', { role: 'trader' });
  await tell(viewer, 'role', { role: 'trader' });
  await tell(viewer, 'disable');
  await tell(viewer, 'enable');
  await tell(viewer, 'end-sessions');
  const written = fixture.logged.flatMap((line) => {
    const { audit, event, user_id, by } = JSON.parse(line);
    return audit && by !== undefined ? [[event, user_id, by]] : [];
  });
  const events = ['user_role_changed', 'user_disabled', 'user_enabled', 'session_revoked_all'];
  expect(written).toEqual(events.map((event) => [event, viewer.user.id, admin.user.id]));
});
