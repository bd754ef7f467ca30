import { listReconciliations } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { offerTables } from '../../../kit/responses/tables.ts';
import type { NightlyReconciliation } from './nightly-reconciliation.ts';

/** Where no report is looked for, the lists are empty. */
export function reconciliationRoutes(nightly: NightlyReconciliation | null): FastifyPluginAsync {
  return async (plain) => {
    offerTables(plain);
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listReconciliations,
      handler: async () => {
        const sessions = (await nightly?.sessions()) ?? [];
        return { count: sessions.length, sessions, awaited: (await nightly?.awaited()) ?? [] };
      },
    });
  };
}
