import { controlReplay, getReplay, startReplay } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { mayControlReplay, withoutFileNames } from '../../../kit/replay/replay-access.ts';
import { bearerToken, identify, type TokenVerifier } from '../../../kit/tokens/token.ts';
import type { ReplayDesk } from './replay-desk.ts';

export function replayRoutes(desk: ReplayDesk, verifier: TokenVerifier): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...getReplay,
      async handler(request) {
        const identity = bearerToken(request) === null ? null : await identify(verifier, request);
        return mayControlReplay(identity) ? desk.state() : withoutFileNames(desk.state());
      },
    });
    app.route({
      ...startReplay,
      handler: async ({ body }, reply) => reply.code(201).send(await desk.begin(body)),
    });
    app.route({ ...controlReplay, handler: async ({ body }) => desk.control(body) });
  };
}
