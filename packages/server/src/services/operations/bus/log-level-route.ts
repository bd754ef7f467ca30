import { LOG_LEVEL_COMMANDS, setLogLevel } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { Bus } from '../../../ports/bus.ts';

/** Tells every process, this one too, from which level on a service logs. */
export function logLevelRoute(bus: Bus): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...setLogLevel,
      handler: async ({ body: { service = null, level } }) => {
        const command = { service, level };
        await bus.publish(LOG_LEVEL_COMMANDS.name, LOG_LEVEL_COMMANDS.frames.encode(command));
        return command;
      },
    });
  };
}
