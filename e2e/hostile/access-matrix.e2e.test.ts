import * as contracts from '@deltastream/contracts';
import { type Route, SCOPES } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApiDocument } from '../../packages/server/src/services/gateway/openapi/document.ts';
import { getJson } from '../support/clients/rest.ts';
import {
  type Account,
  accountOf,
  createAccount,
  createKeys,
  FAST_PASSWORDS,
  logIn,
  post,
  register,
  type Session,
} from '../support/platform/accounts.ts';
import { type Outcome, outcomeOf, type Principal } from '../support/platform/declared-access.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const ROUTES = Object.entries<unknown>(contracts).filter(
  (entry): entry is [string, Route] =>
    typeof entry[1] === 'object' && entry[1] !== null && 'url' in entry[1] && 'schema' in entry[1],
);
/** Ends the session that asks, so each cell of these has one of its own. */
const ENDS_THE_SESSION = new Set(['logoutEverywhere']);
/** These refuse a token in the body, or the lack of one, as others do a bearer token. */
const ABOUT_TOKENS = new Set(['verify', 'refresh', 'exchangeApiKey']);

const people = { viewer: accountOf('viewer'), other: accountOf('other'), trader: accountOf('trader') };

describe('who may use which route', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let api: OpenApiDocument;
  let admin: Account;
  const sessions = new Map<Account, Session>();
  const principals: Principal[] = [];

  beforeAll(async () => {
    admin = await createAccount(folder.path, 'admin', 'admin');
    await createAccount(folder.path, 'trader', 'trader');
    const expired = await expiredToken(folder.path);
    platform = await startPlatform(flags(folder.path));
    for (const account of [people.viewer, people.other]) {
      sessions.set(account, await register(platform.url, account));
    }
    for (const account of [admin, people.trader]) sessions.set(account, await logIn(platform.url, account));
    api = await getJson(`${platform.url}/api/openapi.json`);
    principals.push(...(await everyPrincipal(expired)));
  });

  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  const tokenOf = (account: Account): string => (sessions.get(account) as Session).token;

  async function everyPrincipal(expired: string): Promise<Principal[]> {
    const person = (name: string, role: contracts.Role, account: Account): Principal => ({
      name,
      token: tokenOf(account),
      good: true,
      role,
      scopes: null,
    });
    const bad = (name: string, token: string): Principal => ({ name, token, good: false, scopes: null });
    const keys = async (name: string, role: contracts.Role, account: Account): Promise<Principal[]> => {
      const made = await createKeys(platform.url, account, tokenOf(account));
      return SCOPES.map((scope) => ({
        name: `${name} key ${scope}`,
        token: made[scope].key,
        good: true,
        role,
        scopes: [scope],
      }));
    };
    const spare = await createKeys(platform.url, people.viewer, tokenOf(people.viewer));
    const [key] = Object.values(spare);
    await post(`${platform.url}/api/auth/keys/revoke`, { key_id: key.id }, tokenOf(people.viewer));
    const ended = await logIn(platform.url, people.viewer);
    await post(`${platform.url}/api/auth/logout`, { refresh_token: ended.refresh_token });
    const [head, payload] = tokenOf(admin).split('.');
    return [
      { name: 'nobody', token: null, good: false, scopes: null },
      person('viewer', 'viewer', people.viewer),
      person('other viewer', 'viewer', people.other),
      person('trader', 'trader', people.trader),
      person('admin', 'admin', admin),
      ...(await keys('viewer', 'viewer', people.viewer)),
      ...(await keys('admin', 'admin', admin)),
      bad('expired', expired),
      bad('revoked', ended.token),
      bad('revoked key', key.key),
      bad('forged', `${head}.${payload}.${'A'.repeat(86)}`),
      bad('nonsense', 'nonsense'),
    ];
  }

  /** The response to the example of the document; that it changes nothing is up to the example. */
  async function outcome(name: string, route: Route, { token }: Principal): Promise<Outcome | string> {
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    const operation = api.paths[path][route.method.toLowerCase()];
    const url = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'path')
      .reduce((path, each) => path.replace(`{${each.name}}`, encodeURIComponent(String(each.example))), path);
    const body = operation.requestBody?.content['application/json'].example;
    const response = await fetch(`${platform.url}${url}`, {
      method: route.method,
      headers: {
        'x-forwarded-for': `10.1.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.ok) {
      // Some have no end.
      await response.body?.cancel();
      return 'admitted';
    }
    const text = await response.text();
    const { code, detail } = JSON.parse(text) as { code: string; detail: string };
    // The flow of the example is not one that was begun, which is refused with the code of a bad token.
    if (code === 'invalid_token' && (ABOUT_TOKENS.has(name) || /flow|login/.test(detail))) return 'admitted';
    if (code === 'unauthenticated' && ABOUT_TOKENS.has(name)) return 'admitted';
    if (response.status >= 500) return `${response.status} ${code}`;
    return ['unauthenticated', 'invalid_token', 'forbidden'].includes(code) ? code : 'admitted';
  }

  it('is as declared, for every route and every kind of caller', async () => {
    const wrong: string[] = [];
    let cells = 0;
    for (const [name, route] of ROUTES) {
      for (const principal of principals) {
        const expected = outcomeOf(route.access, principal);
        const caller = ENDS_THE_SESSION.has(name) ? await disposable(principal) : principal;
        const found = await outcome(name, route, caller);
        cells += 1;
        if (found !== expected) wrong.push(`${name} for ${principal.name}: ${found}, declared ${expected}`);
      }
    }
    console.log(`Access: ${cells} cells of ${ROUTES.length} routes and ${principals.length} callers.`);
    expect(wrong).toEqual([]);
    expect(cells).toBeGreaterThan(600);
  });

  /** The same kind of caller with an account of its own, where the request would end every session. */
  async function disposable(principal: Principal): Promise<Principal> {
    if (!principal.good || principal.scopes !== null) return principal;
    const account = accountOf(`disposable-${Math.random().toString(36).slice(2)}`);
    return { ...principal, token: (await register(platform.url, account)).token };
  }

  describe('what belongs to somebody else', () => {
    const as = <T>(account: Account, path: string) =>
      fetch(`${platform.url}${path}`, { headers: { authorization: `Bearer ${tokenOf(account)}` } }).then(
        (response) => response.json() as Promise<T>,
      );
    const tell = (account: Account, path: string, body: object) =>
      fetch(`${platform.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(account)}` },
        body: JSON.stringify(body),
      });

    it('is not shown', async () => {
      const ids = async (account: Account) => {
        const { id } = await as<{ id: string }>(account, '/api/auth/me');
        const { sessions: live } = await as<{ sessions: { id: string }[] }>(account, '/api/auth/sessions');
        const { keys } = await as<{ keys: { id: string }[] }>(account, '/api/auth/keys');
        return [id, ...live.map((each) => each.id), ...keys.map((each) => each.id)];
      };
      const all = await Promise.all([people.viewer, people.other, people.trader, admin].map(ids));
      expect(new Set(all.flat()).size).toBe(all.flat().length);
    });

    it('cannot be ended, by an administrator neither', async () => {
      const { sessions: live } = await as<{ sessions: { id: string }[] }>(
        people.viewer,
        '/api/auth/sessions',
      );
      const { keys } = await as<{ keys: { id: string }[] }>(people.viewer, '/api/auth/keys');
      for (const other of [people.other, admin]) {
        for (const { id } of live) {
          const response = await tell(other, '/api/auth/sessions/revoke', { session_id: id });
          expect(response.status).toBe(404);
        }
        for (const { id } of keys) {
          expect((await tell(other, '/api/auth/keys/revoke', { key_id: id })).status).toBe(404);
        }
      }
      const after = await as<{ sessions: { id: string }[] }>(people.viewer, '/api/auth/sessions');
      expect(after.sessions.map(({ id }) => id)).toEqual(live.map(({ id }) => id));
      expect((await as<{ keys: unknown[] }>(people.viewer, '/api/auth/keys')).keys).toHaveLength(keys.length);
    });

    it('is not affected when another account ends everything of its own', async () => {
      const other = accountOf('leaver');
      sessions.set(other, await register(platform.url, other));
      expect((await tell(other, '/api/auth/logout-everywhere', {})).status).toBe(200);
      sessions.set(other, await logIn(platform.url, other));
      const { password } = other;
      expect((await tell(other, '/api/auth/account/delete', { password })).status).toBe(200);
      expect(await as(people.viewer, '/api/auth/me')).toMatchObject({ email: people.viewer.email });
    });
  });
});

const flags = (data: string): string[] => [
  ...['--data', data, '--trusted-proxies', '127.0.0.1,::1', '--access-token-seconds', '3600'],
  ...['--read-rate', '0', '--compute-rate', '0', '--account-rate', '0'],
  ...FAST_PASSWORDS,
];

/** A token of the same signing key whose time is over. */
async function expiredToken(data: string): Promise<string> {
  const platform = await startPlatform([...flags(data), '--access-token-seconds', '1']);
  const { token } = await register(platform.url, accountOf('early'));
  await platform.stop();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return token;
}
