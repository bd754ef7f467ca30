import type { FastifyPluginAsync } from 'fastify';
import { requireRole, type TokenVerifier } from '../../kit/tokens/token.ts';

/** Routes for administrators, and API keys of theirs that may manage operations. */
export function forAdministrators(
  verifier: TokenVerifier,
  routes: readonly FastifyPluginAsync[],
): FastifyPluginAsync {
  return async (app) => {
    // Before anything else is looked at, so that an unauthorised caller learns nothing from its validation.
    app.addHook('onRequest', requireRole(verifier, 'admin', 'operations:manage'));
    for (const each of routes) await app.register(each);
  };
}
