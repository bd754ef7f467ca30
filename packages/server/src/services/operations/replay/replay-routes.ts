import { controlReplay, getReplay, startReplay } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { ReplayDesk } from './replay-desk.ts';

export function replayRoutes(desk: ReplayDesk): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({ ...getReplay, handler: async () => desk.state() });
    app.route({
      ...startReplay,
      handler: async ({ body }, reply) => reply.code(201).send(await desk.begin(body)),
    });
    app.route({ ...controlReplay, handler: async ({ body }) => desk.control(body) });
  };
}
