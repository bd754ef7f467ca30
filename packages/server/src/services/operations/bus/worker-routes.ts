import { listWorkers, scaleWorkers } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { WorkerDesk } from './worker-desk.ts';

export function workerRoutes(desk: WorkerDesk): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listWorkers,
      handler: async () => {
        const workers = desk.list();
        return { count: workers.length, workers };
      },
    });
    app.route({
      ...scaleWorkers,
      handler: async ({ body: { service, concurrency, worker } }) => ({
        service,
        concurrency,
        workers: await desk.scale({ service, concurrency, worker }),
      }),
    });
  };
}
