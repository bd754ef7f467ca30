import type { Access } from '@deltastream/contracts';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../errors.ts';
import type { Identity, TokenVerifier } from '../tokens/token.ts';
import { createAccessCheck } from './access.ts';
import { createHostRule } from './addresses.ts';

const person = (role: Identity['role'], scopes: Identity['scopes'] = null): Identity => ({
  userId: 'u',
  email: 'e',
  role,
  sessionId: 's',
  scopes,
  exp: 0,
});
const CALLERS: Readonly<Record<string, Identity>> = {
  viewer: person('viewer'),
  admin: person('admin'),
  reader: person('admin', ['market:read']),
  keeper: person('admin', ['logs:read']),
};
const verifier: TokenVerifier = {
  async verify(token) {
    if (token in CALLERS) return CALLERS[token];
    throw new DeltaStreamError('invalid_token', 'not ours');
  },
  onRevoked: () => () => {},
};
const MARKET: Access = { scope: 'market:read' };
const LOGS: Access = { role: 'admin', scope: 'logs:read' };

const INGEST: Access = { role: 'trader', scope: 'ingest', openWithoutTokens: true };

const outcome = async (
  access: Access,
  authorization: string | undefined,
  tokensRequired: boolean,
  ip = '192.0.2.7',
) => {
  const check = createAccessCheck({ verifier, tokensRequired });
  try {
    await check(access, { headers: { authorization }, ip } as FastifyRequest);
    return 'ok';
  } catch (error) {
    return (error as DeltaStreamError).code;
  }
};

describe('access', () => {
  it.each([
    // access, caller, tokens optional, tokens required
    ['public', 'nobody', 'ok', 'ok'],
    ['public', 'forger', 'ok', 'ok'],
    ['user', 'nobody', 'unauthenticated', 'unauthenticated'],
    ['user', 'viewer', 'ok', 'ok'],
    ['user', 'reader', 'forbidden', 'forbidden'],
    ['user', 'forger', 'invalid_token', 'invalid_token'],
    [MARKET, 'nobody', 'ok', 'unauthenticated'],
    [MARKET, 'viewer', 'ok', 'ok'],
    [MARKET, 'reader', 'ok', 'ok'],
    [MARKET, 'keeper', 'forbidden', 'forbidden'],
    [MARKET, 'forger', 'invalid_token', 'invalid_token'],
    [LOGS, 'nobody', 'unauthenticated', 'unauthenticated'],
    [LOGS, 'viewer', 'forbidden', 'forbidden'],
    [LOGS, 'admin', 'ok', 'ok'],
    [LOGS, 'reader', 'forbidden', 'forbidden'],
    [LOGS, 'keeper', 'ok', 'ok'],
  ] as const)(
    '%j for %s: the role in order, and of an API key the scope',
    async (access, caller, optional, required) => {
      const header = caller === 'nobody' ? undefined : `Bearer ${caller}`;
      expect(await outcome(access, header, false)).toBe(optional);
      expect(await outcome(access, header, true)).toBe(required);
    },
  );

  it('lets those on this machine alone send without a token, where others can connect and read', async () => {
    for (const ip of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(await outcome(INGEST, undefined, false, ip)).toBe('ok');
      expect(await outcome(INGEST, undefined, true, ip)).toBe('unauthenticated');
    }
    expect(await outcome(INGEST, undefined, false)).toBe('unauthenticated');
    expect(await outcome(INGEST, 'Bearer admin', false)).toBe('ok');
  });

  it('refuses a foreign host where data is open, and no token says that it is not a page of another name', async () => {
    const hostRule = createHostRule({ host: '127.0.0.1', allowedHosts: ['desk.example'] });
    const trustedProxies = ['loopback'];
    const check = createAccessCheck({ verifier, tokensRequired: false, hostRule, trustedProxies });
    const asked = (
      host: string | undefined,
      authorization?: string,
      access: Access = MARKET,
      forwarded?: string,
    ) =>
      Promise.resolve()
        .then(() => {
          const headers = { host, authorization, 'x-forwarded-host': forwarded };
          const raw = { headers, socket: { remoteAddress: '127.0.0.1' } };
          return check(access, { headers, raw } as unknown as FastifyRequest);
        })
        .then(
          () => 'ok',
          (error: DeltaStreamError) => error.code,
        );
    for (const [host, forwarded, expected] of [
      ['localhost', 'desk.example', 'ok'],
      ['localhost', 'evil.example', 'host_not_allowed'],
      ['localhost', 'evil.example, localhost', 'host_not_allowed'],
      ['evil.example', 'localhost', 'host_not_allowed'],
    ]) {
      expect(await asked(host, undefined, MARKET, forwarded), `${host} ${forwarded}`).toBe(expected);
    }
    for (const host of ['localhost:8000', '127.0.0.1:8000', '[::1]', 'desk.example']) {
      expect(await asked(host)).toBe('ok');
    }
    for (const host of ['evil.example', 'evil.example:8000', '', undefined]) {
      expect(await asked(host)).toBe('host_not_allowed');
    }
    expect(await asked('evil.example', 'Bearer viewer')).toBe('ok');
    expect(await asked('evil.example', undefined, 'public')).toBe('ok');
    expect(await asked('evil.example', undefined, LOGS)).toBe('unauthenticated');
  });

  it('refuses other credentials even where none are needed', async () => {
    expect(await outcome(MARKET, 'Basic dXNlcjpwYXNz', false)).toBe('unauthenticated');
  });
});
