import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpApp } from '../../kit/http.ts';
import { silentLogger } from '../../kit/log.ts';
import { createTokenVerifier, requireRole, type TokenVerifier } from '../../kit/token.ts';
import { createManualClock } from '../../ports/clock.ts';
import type { User } from '../../ports/user-store.ts';
import { signAccessToken } from './access-token.ts';
import { loadSigningKey, type SigningKey } from './signing-key.ts';

const NOW_MS = 1_787_000_000_500;
const rules = { issuer: 'deltastream', audience: 'deltastream' };
const user: User = {
  id: 'u1',
  email: 'trader@example.com',
  name: 'Trader',
  role: 'trader',
  passwordHash: '',
  createdAt: 0,
};

let folder: string;
let key: SigningKey;
let verifier: TokenVerifier;
const clock = createManualClock(NOW_MS);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'access-token-'));
  key = await loadSigningKey(join(folder, 'key.json'));
  verifier = createTokenVerifier({ keys: [key.publicJwk], ...rules, clock });
});
afterAll(() => rm(folder, { recursive: true }));

const sign = (options = {}, who = user) =>
  signAccessToken(key, { ...rules, lifetimeSeconds: 600, ...options }, who, 's1', NOW_MS);

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = Math.floor(NOW_MS / 1000);
const claims = {
  iss: 'deltastream',
  aud: 'deltastream',
  sub: 'u1',
  sid: 's1',
  role: 'admin',
  email: 'trader@example.com',
  iat: seconds,
  exp: seconds + 600,
};
const header = () => ({ alg: 'ES256', typ: 'at+jwt', kid: key.kid });
const signAs = (changes: object, head: object = {}, privateKey = key.privateKey) =>
  new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header(), ...head }).sign(privateKey);

describe('access tokens', () => {
  it('carry who it is, of which session and until when', async () => {
    const token = await sign();
    expect(JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString())).toEqual(header());
    expect(await verifier.verify(token)).toEqual({
      userId: 'u1',
      email: 'trader@example.com',
      role: 'trader',
      sessionId: 's1',
      exp: seconds + 600,
    });
  });

  it('end at their expiry', async () => {
    const token = await sign();
    clock.set((seconds + 599) * 1000);
    await verifier.verify(token);
    clock.set((seconds + 600) * 1000);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'invalid_token' });
    clock.set(NOW_MS);
  });

  it('are refused in every forged form', async () => {
    const other = await generateKeyPair('ES256', { extractable: true });
    const good = await signAs({});
    const [head, body, signature] = good.split('.');
    const unsigned = `${encode({ ...header(), alg: 'none' })}.${body}.`;
    const hs = `${encode({ ...header(), alg: 'HS256' })}.${body}`;
    const hmac = createHmac('sha256', JSON.stringify(key.publicJwk)).update(hs).digest('base64url');
    const forged = {
      'alg none': unsigned,
      'alg None with the signature': `${encode({ ...header(), alg: 'None' })}.${body}.${signature}`,
      'the public key as an HMAC secret': `${hs}.${hmac}`,
      'another key under our kid': await signAs({}, {}, other.privateKey),
      'a kid that is a path': await signAs({}, { kid: '../../dev/null' }, other.privateKey),
      'its own key embedded': await signAs({}, { jwk: await exportJWK(other.publicKey) }, other.privateKey),
      'a critical extension': `${encode({ ...header(), crit: ['x'], x: 1 })}.${body}.${signature}`,
      'a zero signature': `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
      'no signature': `${head}.${body}.`,
      'a changed body': `${head}.${encode({ ...claims, sub: 'u2' })}.${signature}`,
      'type JWT': await signAs({}, { typ: 'JWT' }),
      'no type': await signAs({}, { typ: undefined }),
      'another audience': await signAs({ aud: 'elsewhere' }),
      'another issuer': await signAs({ iss: 'elsewhere' }),
      expired: await signAs({ exp: seconds - 1 }),
      'not yet valid': await signAs({ nbf: seconds + 60 }),
      'no expiry': await signAs({ exp: undefined }),
      'no session': await signAs({ sid: undefined }),
      'an unknown role': await signAs({ role: 'root' }),
      'a role that is a list': await signAs({ role: ['admin'] }),
      'an email that is a number': await signAs({ email: 7 }),
      empty: '',
      'not a token': 'a.b.c',
    };
    await verifier.verify(good);
    for (const [name, token] of Object.entries(forged)) {
      await expect(verifier.verify(token), name).rejects.toMatchObject({ code: 'invalid_token' });
    }
  });
});

describe('requireRole', () => {
  it('lets the role and higher ones pass, and answers 401 or 403 to others', async () => {
    const app = createHttpApp({ logger: silentLogger });
    app.get('/traders', { preHandler: requireRole(verifier, 'trader') }, async () => 'in');
    const ask = async (authorization?: string) => {
      const answer = await app.inject({ url: '/traders', headers: authorization ? { authorization } : {} });
      return [answer.statusCode, answer.statusCode === 200 ? answer.body : answer.json().code];
    };
    const tokenOf = (role: User['role']) => sign({}, { ...user, role });
    expect(await ask(`Bearer ${await tokenOf('trader')}`)).toEqual([200, 'in']);
    expect(await ask(`bearer ${await tokenOf('admin')}`)).toEqual([200, 'in']);
    expect(await ask(`Bearer ${await tokenOf('viewer')}`)).toEqual([403, 'forbidden']);
    expect(await ask('Bearer a.b.c')).toEqual([401, 'invalid_token']);
    expect(await ask()).toEqual([401, 'unauthenticated']);
    expect(await ask('Basic dXNlcjpwYXNz')).toEqual([401, 'unauthenticated']);
    await app.close();
  });
});
