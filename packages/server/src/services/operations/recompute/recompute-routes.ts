import { createRecompute, getRecompute, listRecomputes } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { RecomputeDesk } from './recompute-desk.ts';

export function recomputeRoutes(desk: RecomputeDesk): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...createRecompute,
      handler: async ({ body }, reply) => reply.code(201).send(await desk.order(body)),
    });
    app.route({
      ...listRecomputes,
      handler: async () => {
        const recomputes = await desk.list();
        return { count: recomputes.length, recomputes };
      },
    });
    app.route({
      ...getRecompute,
      handler: async ({ params: { id } }) => {
        const found = await desk.find(id);
        if (found !== null) return found;
        throw new DeltaStreamError('not_found', `there is no recomputation ${id}`);
      },
    });
  };
}
