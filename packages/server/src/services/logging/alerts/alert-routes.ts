import {
  createLogAlert,
  deleteLogAlert,
  getLogAlert,
  listLogAlerts,
  putLogAlert,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { LogAlerts } from './log-alerts.ts';

/** `audit` is given the routes ahead of them, to note who changes rules. */
export function alertRoutes(alerts: LogAlerts, audit: (app: FastifyInstance) => void): FastifyPluginAsync {
  return async (plain) => {
    audit(plain);
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({ ...listLogAlerts, handler: async () => ({ alerts: alerts.list() }) });
    app.route({
      ...createLogAlert,
      handler: async (request, reply) => reply.code(201).send(await alerts.create(request.body)),
    });
    app.route({ ...getLogAlert, handler: async (request) => alerts.get(request.params.id) });
    app.route({
      ...putLogAlert,
      handler: async (request) => alerts.replace(request.params.id, request.body),
    });
    app.route({
      ...deleteLogAlert,
      handler: async (request) => {
        await alerts.remove(request.params.id);
        return { id: request.params.id };
      },
    });
  };
}
