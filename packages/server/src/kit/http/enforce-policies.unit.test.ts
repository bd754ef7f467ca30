import type { Access } from '@deltastream/contracts';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accessHook } from '../access/access.ts';
import { DeltaStreamError } from '../errors.ts';
import { silentLogger } from '../logging/log.ts';
import { createResponseBodies, type Encodings } from '../responses/representation.ts';
import { enforcePolicies } from './enforce-policies.ts';
import { createHttpApp } from './http.ts';

let app: FastifyInstance;
afterEach(() => app.close());

/** Serves routes whose policies refuse every caller, or none; resolves with the access that routes asked for. */
async function serve(
  routes: FastifyPluginAsync,
  {
    refuse = true,
    tokensRequired = false,
    encodings,
  }: { refuse?: boolean; tokensRequired?: boolean; encodings?: Encodings } = {},
): Promise<readonly Access[]> {
  app = createHttpApp({ logger: silentLogger }) as unknown as FastifyInstance;
  const asked: Access[] = [];
  enforcePolicies(app, {
    tokensRequired,
    encodings,
    headers: { page: { 'content-security-policy': "default-src 'self'" } },
    admit: ({ access }) =>
      accessHook((each) => {
        asked.push(each);
        if (!refuse) return null;
        throw new DeltaStreamError('unauthenticated', 'nobody is let in here');
      }, access),
  });
  await app.register(routes);
  return asked;
}
const ok = async () => ({ ok: true });
const status = async (url: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  (await app.inject({ url, method })).statusCode;

describe('the policy of a route', () => {
  it('has the access of its contract, whatever serves it', async () => {
    const asked = await serve(async (scope) => {
      scope.get('/api/data/products', ok);
      scope.get('/api/auth/me', ok);
      scope.get('/livez', ok);
    });
    expect(await status('/api/data/products')).toBe(401);
    expect(await status('/api/auth/me')).toBe(401);
    expect(await status('/livez')).toBe(200);
    expect(asked).toEqual([{ scope: 'market:read' }, 'user']);
  });

  it('is checked before a body or a query is looked at, and once for HEAD', async () => {
    const asked = await serve(async (scope) => {
      scope.post('/api/auth/password', { schema: { body: { type: 'string' } } }, ok);
      scope.get('/api/data/products', ok);
    });
    expect(await status('/api/auth/password', 'POST')).toBe(401);
    expect(await status('/api/data/products', 'HEAD')).toBe(401);
    expect(asked).toHaveLength(2);
  });

  it('says who may keep a response, whatever serves it', async () => {
    const never = ['/livez', '/api/status', '/api/auth/me', '/api/logs', '/api/admin/exports/files/:file'];
    const kept = ['/', '/assets/*', '/api/data/products', '/api/openapi.json'];
    const routes: FastifyPluginAsync = async (scope) => {
      for (const url of [...never, ...kept, '/api/auth/.well-known/jwks.json']) scope.get(url, ok);
    };
    await serve(routes, { refuse: false, tokensRequired: true });
    const rule = async (url: string) => {
      const { statusCode, headers } = await app.inject(url);
      expect(statusCode).toBe(200);
      return headers['cache-control'];
    };
    for (const url of never) expect(await rule(url)).toBe('no-store');
    expect(await rule('/api/data/products')).toBe('private, no-cache');
    expect(await rule('/')).toBe('public, no-cache');
    expect(await rule('/assets/app-1a2b.js')).toBe('public, max-age=31536000, immutable');
    expect(await rule('/api/openapi.json')).toBe('public, no-cache');
    expect(await rule('/api/auth/.well-known/jwks.json')).toBe('public, max-age=60');
  });

  it('says what a browser may do with a response; what no route answers is data', async () => {
    await serve(async (scope) => {
      for (const url of ['/', '/livez']) scope.get(url, ok);
    });
    const rule = async (url: string) => (await app.inject(url)).headers['content-security-policy'];
    expect(await rule('/')).toBe("default-src 'self'");
    for (const url of ['/livez', '/nothing', '/api/%'])
      expect(await rule(url)).toContain("default-src 'none'");
  });

  it('gives a handler so long, and no second response to one whose body is still being encoded', async () => {
    vi.useFakeTimers();
    const encoding = Promise.withResolvers<Uint8Array>();
    const bodies = { ...createResponseBodies(1), encode: () => encoding.promise };
    await serve(
      async (scope) => {
        scope.get('/api/data/products', ok);
        scope.get('/api/data/chain/:product', (_request, reply) => void reply.send({ ok: true }));
        scope.get('/api/data/expiries/:product', () => new Promise(() => {}));
      },
      { refuse: false, encodings: { choose: () => 'gzip', bodies } },
    );
    const encoded = ['/api/data/products', '/api/data/chain/NIFTY'].map((url) => app.inject(url));
    const late = app.inject('/api/data/expiries/NIFTY');
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await late).json()).toMatchObject({ status: 504, code: 'timeout' });
    encoding.resolve(Buffer.from('packed'));
    for (const { statusCode, headers, body } of await Promise.all(encoded)) {
      expect([statusCode, headers['content-encoding'], body]).toEqual([200, 'gzip', 'packed']);
    }
    vi.useRealTimers();
  });

  it('has to be in the table', async () => {
    await expect(serve(async (scope) => void scope.get('/forgotten', ok))).rejects.toThrow(
      'GET /forgotten is not in the table of routes',
    );
  });
});
