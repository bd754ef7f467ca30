import { login, refresh, register, verify } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../kit/errors.ts';
import { bearerToken } from '../../kit/token.ts';
import type { AuthOperations } from './operations.ts';

export function authRoutes(operations: AuthOperations): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    app.route({
      method: register.method,
      url: register.url,
      schema: register.schema,
      handler: async (request, reply) => {
        const session = await operations.register(request.body, request.ip);
        return reply.code(201).send(session);
      },
    });
    app.route({
      method: login.method,
      url: login.url,
      schema: login.schema,
      handler: (request) => operations.login(request.body, request.ip),
    });
    app.route({
      method: refresh.method,
      url: refresh.url,
      schema: refresh.schema,
      handler: (request) => operations.refresh(request.body.refresh_token, request.ip),
    });
    app.route({
      method: verify.method,
      url: verify.url,
      schema: verify.schema,
      // The body may be left out; the validator knows only bodies that are there.
      preValidation: async (request) => {
        request.body ??= {};
      },
      handler: async (request) => {
        const token = request.body?.token ?? bearerToken(request);
        if (token === null) {
          throw new DeltaStreamError('unauthenticated', 'neither the body nor the header carries a token');
        }
        return operations.verify(token);
      },
    });
  };
}
