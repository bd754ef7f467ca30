import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../../adapters/memory/user-store/user-store-memory.ts';
import {
  type AuthFixture,
  createAuthFixture,
  PASSWORD,
  type RunningAuth,
  trader,
} from '../../auth.fixture.ts';
import type { AuthConfig } from '../../settings.ts';
import { authenticatorOf } from '../authenticator.fixture.ts';
import { CLIENT, REDIRECT_URI, startIssuer } from './oidc-issuer.fixture.ts';
import { createOidcProvider } from './oidc-provider.ts';

let issuer: Awaited<ReturnType<typeof startIssuer>>;
let fixture: AuthFixture;
let running: RunningAuth;
const start = async (config: Partial<AuthConfig> = {}) => {
  const client = { name: 'example', issuer: issuer.url, ...CLIENT, redirectUri: REDIRECT_URI };
  running = await fixture.start({ oidc: [client], ...config });
};
beforeEach(async () => {
  issuer = await startIssuer();
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  await start();
});
afterEach(async () => {
  await fixture.remove();
  await issuer.stop();
});

const begin = async () => (await running.post('providers/begin', { provider: 'example' })).body;
const complete = (flow: string, query: string) => running.post('providers/complete', { flow, query });
const login = async () => {
  const { url, flow } = await begin();
  return complete(flow, issuer.authorize(url));
};

describe('login at an OpenID provider', () => {
  it('makes an account at the first time and finds it at the next, whatever the email is by then', async () => {
    expect((await running.get('providers')).body).toEqual({ providers: [{ name: 'example' }] });
    const first = await login();
    expect(first.status).toBe(200);
    expect(first.body.user).toMatchObject({ email: trader.email, name: 'Trader', role: 'viewer' });
    issuer.script.claims = { sub: 'subject-1', email: 'renamed@example.com', email_verified: true };
    const second = await login();
    expect(second.body.user).toEqual(first.body.user);
    expect((await running.get('me', second.body.token)).body).toMatchObject({
      has_password: false,
      identities: [{ issuer: issuer.url }],
    });
    expect((await running.post('refresh', { refresh_token: second.body.refresh_token })).status).toBe(200);
    expect((await running.post('login', trader)).body.code).toBe('invalid_credentials');
  });

  it('uses the code flow with PKCE, state and nonce', async () => {
    const { url } = await begin();
    const asked = Object.fromEntries(new URL(url).searchParams);
    expect(asked).toEqual({
      client_id: CLIENT.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid email profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  it('makes one account of two first logins at the same time', async () => {
    const responses = await Promise.all([login(), login()]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200]);
    expect(responses[0].body.user).toEqual(responses[1].body.user);
  });

  it('never takes over an account with the same email; its owner links it', async () => {
    const { token } = (await running.post('register', trader)).body;
    expect((await login()).body.code).toBe('email_taken');
    const { url, flow } = await begin();
    const link = { flow, query: issuer.authorize(url) };
    expect((await running.post('providers/link', link, { token })).body).toEqual({ ok: true });
    const session = (await login()).body;
    expect(session.user.email).toBe(trader.email);
    expect((await running.post('login', trader)).status).toBe(200);
    const other = (await running.post('register', { email: 'other@example.com', password: PASSWORD })).body;
    const again = await begin();
    const taken = await running.post(
      'providers/link',
      { flow: again.flow, query: issuer.authorize(again.url) },
      { token: other.token },
    );
    expect(taken.body.code).toBe('identity_taken');
  });

  it('links after a fresh login only', async () => {
    const { refresh_token } = (await running.post('register', trader)).body;
    fixture.pass(600_001);
    const { token } = (await running.post('refresh', { refresh_token })).body;
    const { url, flow } = await begin();
    const response = await running.post('providers/link', { flow, query: issuer.authorize(url) }, { token });
    expect(response.body.code).toBe('login_too_old');
  });

  it('asks for the second factor of the account', async () => {
    const { token } = (await login()).body;
    const { otpauth_url } = (await running.post('second-factor/begin', {}, { token })).body;
    const code = authenticatorOf(otpauth_url, fixture.clock);
    await running.post('second-factor/confirm', { code: code() }, { token });
    fixture.pass(60_000);
    expect((await login()).body.code).toBe('second_factor_required');
    const withCode = async (given: string) => {
      const { url, flow } = await begin();
      const response = await running.post('providers/complete', {
        flow,
        query: issuer.authorize(url),
        code: given,
      });
      return response.status;
    };
    expect(await withCode('000000')).toBe(401);
    expect(await withCode(code())).toBe(200);
  });

  it('asks for an email that the provider vouches for', async () => {
    for (const claims of [{ email_verified: false }, { email_verified: 'true' }, { email: undefined }]) {
      const before = issuer.script.claims;
      issuer.script.claims = { ...before, ...claims };
      expect((await login()).body.code).toBe('invalid_token');
      issuer.script.claims = before;
    }
  });

  it('refuses what does not belong to the flow', async () => {
    const mine = await begin();
    const theirs = await begin();
    const query = issuer.authorize(mine.url);
    const refused = [
      [theirs.flow, query],
      [mine.flow, query.replace(/state=.*/, 'state=x')],
      [mine.flow, '?code=x'],
      [mine.flow, '?error=access_denied'],
      [`${mine.flow.slice(0, -2)}AA`, query],
      ['x', query],
    ];
    for (const [flow, given] of refused) {
      const { status, body } = await complete(flow, given);
      expect([status, body.code]).toEqual([401, 'invalid_token']);
    }
    const { url, flow } = await begin();
    const used = issuer.authorize(url);
    expect((await complete(flow, used)).status).toBe(200);
    expect((await complete(flow, used)).body.code).toBe('invalid_token');
    const late = await begin();
    fixture.pass(600_000);
    expect((await complete(late.flow, issuer.authorize(late.url))).body.code).toBe('invalid_token');
    expect(fixture.events()).toContain('external_login_refused');
  });

  it('refuses forged ID tokens', async () => {
    const changes: Record<string, unknown>[] = [
      { iss: 'https://evil.example' },
      { aud: 'someone-else' },
      { nonce: 'another' },
      { exp: 1 },
      { sub: undefined },
    ];
    for (const change of changes) {
      issuer.script.idToken = (claims) => ({ ...claims, ...change });
      expect((await login()).body.code, JSON.stringify(change)).toBe('invalid_token');
    }
    issuer.script.idToken = (claims) => claims;
    issuer.script.signWithForeignKey = true;
    expect((await login()).body.code).toBe('invalid_token');
    issuer.script.signWithForeignKey = false;
    expect((await login()).status).toBe(200);
  });

  it('makes no account where registration is closed, but lets linked ones in', async () => {
    await login();
    await running.stop();
    await start({ registration: 'closed' });
    expect((await login()).status).toBe(200);
    issuer.script.claims = { ...issuer.script.claims, sub: 'subject-2', email: 'new@example.com' };
    expect((await login()).body.code).toBe('registration_closed');
  });

  it('says that a provider is away, and finds it when it is back', async () => {
    const away = createOidcProvider({
      name: 'away',
      issuer: 'http://127.0.0.1:1',
      ...CLIENT,
      redirectUri: REDIRECT_URI,
    });
    await expect(away.begin()).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    expect(await running.refusal('providers/begin', { provider: 'none' })).toEqual([404, 'not_found']);
  });

  it('refuses a provider that is neither https nor on this machine', () => {
    for (const address of ['http://id.example', 'ftp://localhost', 'nonsense']) {
      const settings = { name: 'x', issuer: address, ...CLIENT, redirectUri: REDIRECT_URI };
      expect(() => createOidcProvider(settings), address).toThrow(
        expect.objectContaining({ code: 'invalid_setting' }),
      );
    }
  });
});
