import {
  createAlertChannel,
  deleteAlertChannel,
  getAlertChannel,
  getAlertPushKey,
  listAlertChannels,
  listAlertDeliveries,
  putAlertChannel,
  testAlertChannel,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { TokenVerifier } from '../../../kit/tokens/token.ts';
import { callerOf } from '../owners.ts';
import type { Channels } from './channels.ts';

/** `channels` throws `unavailable` until the service has started. */
export function channelRoutes(
  channels: () => Channels,
  verifier: TokenVerifier | undefined,
): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listAlertChannels,
      handler: async (request) => ({
        channels: await channels().list(await callerOf(verifier, request), request.query.owner),
      }),
    });
    app.route({
      ...createAlertChannel,
      handler: async (request, reply) =>
        reply.code(201).send(await channels().create(await callerOf(verifier, request), request.body)),
    });
    app.route({
      ...getAlertChannel,
      handler: async (request) => channels().get(await callerOf(verifier, request), request.params.id),
    });
    app.route({
      ...putAlertChannel,
      handler: async (request) =>
        channels().put(await callerOf(verifier, request), request.params.id, request.body),
    });
    app.route({
      ...deleteAlertChannel,
      handler: async (request) => {
        await channels().remove(await callerOf(verifier, request), request.params.id);
        return { id: request.params.id };
      },
    });
    app.route({
      ...testAlertChannel,
      handler: async (request) => channels().test(await callerOf(verifier, request), request.params.id),
    });
    app.route({
      ...listAlertDeliveries,
      handler: async (request) => channels().deliveries(await callerOf(verifier, request), request.query),
    });
    app.route({ ...getAlertPushKey, handler: async () => ({ key: channels().pushKey() }) });
  };
}
