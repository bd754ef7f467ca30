import { listStreams } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { offerTables } from '../../../kit/responses/tables.ts';
import type { Bus, BusStats } from '../../../ports/bus.ts';

export function streamRoutes(bus: Bus): FastifyPluginAsync {
  const viewOf = ({ topic, group, length, backlog, pending, oldestAgeMs, ...since }: BusStats) => ({
    ...{ topic, group, length, backlog, pending },
    oldest_age_ms: oldestAgeMs,
    pressure: bus.pressure(topic),
    redelivered: since.redeliveries,
    dead_letters: since.deadLetters,
    lost: since.lostTotal,
  });
  return async (plain) => {
    offerTables(plain);
    plain.withTypeProvider<TypeBoxTypeProvider>().route({
      ...listStreams,
      handler: async () => {
        const streams = bus
          .stats()
          .map(viewOf)
          .sort((a, b) => a.topic.localeCompare(b.topic) || a.group.localeCompare(b.group));
        return { count: streams.length, connected: bus.connection.connected, streams };
      },
    });
  };
}
