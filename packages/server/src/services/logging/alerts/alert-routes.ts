import {
  createLogAlert,
  deleteLogAlert,
  getLogAlert,
  listLogAlerts,
  putLogAlert,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { LogAlerts } from './log-alerts.ts';

export function alertRoutes(alerts: LogAlerts): FastifyPluginAsync {
  return async (plain) => {
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
