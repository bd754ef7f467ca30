import { createReadStream } from 'node:fs';
import {
  cancelExport,
  createExport,
  downloadExport,
  EXPORT_FORMATS,
  type ExportOrder,
  getExport,
  isoTime,
  listExports,
  streamExport,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { exportFileName, FORMATS, formatOf } from '../exports/export-order.ts';
import type { Transfers } from './transfers.ts';

export function transferRoutes(transfers: Transfers): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...createExport,
      handler: async ({ body }, reply) => reply.code(201).send(await transfers.addExport(body)),
    });
    app.route({
      ...listExports,
      handler: async () => {
        const exports = await transfers.exports();
        const files = (await transfers.exportFiles()).map(({ name, bytes, writtenAt }) => ({
          file: name,
          bytes,
          written_at: isoTime(writtenAt),
        }));
        return { count: exports.length, exports, files };
      },
    });
    app.route({
      ...getExport,
      handler: async ({ params: { id } }) => (await transfers.exportJob(id)) ?? missing(id),
    });
    app.route({
      ...cancelExport,
      handler: async ({ params: { id } }) => (await transfers.cancelExport(id)) ?? missing(id),
    });
    // Outside the typed app: the schema describes the text, and what is sent is a stream of it.
    plain.route({
      ...streamExport,
      // A HEAD would make all of it for nobody.
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const order = request.query as ExportOrder;
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const stream = await transfers.streamExport(order, gone.signal);
        reply.header('content-disposition', `attachment; filename="${exportFileName(order)}"`);
        return reply.type(FORMATS[formatOf(order)].type).send(stream);
      },
    });
    plain.route({
      ...downloadExport,
      handler: async (request, reply) => {
        const { file } = request.params as { file: string };
        const path = await transfers.exportFile(file);
        reply.header('content-disposition', `attachment; filename="${file}"`);
        const format = EXPORT_FORMATS.find((each) => file.endsWith(`.${FORMATS[each].ending}`)) ?? 'csv';
        return reply.type(FORMATS[format].type).send(createReadStream(path));
      },
    });
  };
}

function missing(id: string): never {
  throw new DeltaStreamError('not_found', `there is no export ${id}`);
}
