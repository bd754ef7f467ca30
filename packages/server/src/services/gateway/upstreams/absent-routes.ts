import { ROUTES } from '@deltastream/contracts';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { policyOf } from '../../../kit/http/route-table.ts';
import type { ServiceName } from '../../../kit/lifecycle/service.ts';

/**
 * The routes of services that run nowhere: documented like all others, and `unavailable`. Nothing is kept for them, as is
 * for a service that runs elsewhere.
 */
export function absentRoutes(names: readonly ServiceName[]): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    for (const { method, url, schema, bodyLimit } of ROUTES) {
      const { upstream } = policyOf(method, url);
      if (!names.includes(upstream as ServiceName)) continue;
      const handler = async () => {
        throw new DeltaStreamError('unavailable', `the ${upstream} service does not run on this platform`);
      };
      app.route({ method, url, schema, bodyLimit, handler });
    }
  };
}
