import { getAuditVerification, listAuditEvents } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { Perform } from '../operations.ts';

/** Routes of administrators; that the caller is one is checked before, as each route declares. */
export const auditRoutes =
  (perform: Perform): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listAuditEvents,
      handler: (request) => perform('list_audit', ({ audit }) => audit.list(request.query)),
    });
    app.route({
      ...getAuditVerification,
      handler: (request) => perform('verify_audit', ({ audit }) => audit.verify(request.query)),
    });
  };
