import { tailLogs } from '@deltastream/contracts';
import type { FastifyPluginAsync } from 'fastify';
import { type CriteriaQuery, criteriaOf } from '../queries/criteria.ts';
import type { LogTail } from './log-tail.ts';

/** Ends what is open when its server closes: the server waits for every response under way. */
export function tailRoutes(tail: LogTail): FastifyPluginAsync {
  return async (app) => {
    app.addHook('preClose', async () => tail.end());
    app.route({
      ...tailLogs,
      // A HEAD would follow for nobody.
      exposeHeadRoute: false,
      handler: async (request, reply) =>
        reply
          .type('text/event-stream')
          // Said to proxies that would hold events back until they are many.
          .header('x-accel-buffering', 'no')
          .send(tail.follow(criteriaOf(request.query as CriteriaQuery))),
    });
  };
}
