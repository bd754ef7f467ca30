import type { Access } from '@deltastream/contracts';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../errors.ts';
import { createHttpApp } from '../http/http.ts';
import { silentLogger } from '../logging/log.ts';
import { accessHook, declareAccess, enforceAccess } from './enforce-access.ts';

let app: FastifyInstance;
afterEach(() => app.close());

async function serve(routes: FastifyPluginAsync): Promise<readonly Access[]> {
  app = createHttpApp({ logger: silentLogger }) as unknown as FastifyInstance;
  const asked: Access[] = [];
  enforceAccess(app, {
    hookOf: accessHook((access) => {
      asked.push(access);
      throw new DeltaStreamError('unauthenticated', 'nobody comes in here');
    }),
  });
  await app.register(routes);
  return asked;
}
const ok = async () => ({ ok: true });
const status = async (url: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  (await app.inject({ url, method })).statusCode;

describe('the access of a route', () => {
  it('is that of its contract, whatever serves it and whatever the route says', async () => {
    const asked = await serve(async (scope) => {
      declareAccess(scope, 'public');
      scope.get('/api/data/products', { config: { access: 'public' } }, ok);
      scope.get('/api/auth/me', ok);
    });
    expect(await status('/api/data/products')).toBe(401);
    expect(await status('/api/auth/me')).toBe(401);
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

  it('is what the route or its plugin declares where there is no contract', async () => {
    await serve(async (scope) => {
      scope.get('/own', { config: { access: 'user' } }, ok);
      await scope.register(async (pages) => {
        declareAccess(pages, 'public');
        pages.get('/page', ok);
      });
    });
    expect([await status('/own'), await status('/page')]).toEqual([401, 200]);
  });

  it('has to be declared', async () => {
    await expect(serve(async (scope) => void scope.get('/forgotten', ok))).rejects.toThrow(
      'GET /forgotten does not declare who may use it',
    );
  });
});
