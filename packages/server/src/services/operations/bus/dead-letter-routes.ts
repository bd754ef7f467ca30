import { discardDeadLetter, getDeadLetter, listDeadLetters, replayDeadLetter } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { DeadLetterDesk } from './dead-letter-desk.ts';

export function deadLetterRoutes(desk: DeadLetterDesk): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listDeadLetters,
      handler: async (request) => {
        const letters = await desk.list(request.query);
        return { count: letters.length, letters };
      },
    });
    app.route({
      ...getDeadLetter,
      handler: async ({ params: { id } }) => (await desk.show(id)) ?? missing(id),
    });
    app.route({
      ...replayDeadLetter,
      handler: async ({ params: { id } }) => ((await desk.replay(id)) ? { id } : missing(id)),
    });
    app.route({
      ...discardDeadLetter,
      handler: async ({ params: { id } }) => ((await desk.discard(id)) ? { id } : missing(id)),
    });
  };
}

function missing(id: string): never {
  throw new DeltaStreamError('not_found', `there is no dead letter ${id}`);
}
