import { getStoredData, type StoredDataStatus } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { offerTables } from '../../kit/responses/tables.ts';

/** Looks at everything that is stored, for which files are opened; those who ask meanwhile get the same. */
export function storedDataRoutes(look: () => Promise<StoredDataStatus>): FastifyPluginAsync {
  let looking: Promise<StoredDataStatus> | null = null;
  return async (plain) => {
    offerTables(plain);
    plain.withTypeProvider<TypeBoxTypeProvider>().route({
      ...getStoredData,
      handler: () => {
        looking ??= look().finally(() => {
          looking = null;
        });
        return looking;
      },
    });
  };
}
