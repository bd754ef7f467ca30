import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import {
  cancelImport,
  createImport,
  downloadRejects,
  getImport,
  listImports,
  uploadRecording,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Imports } from './imports.ts';

export function importRoutes(imports: Imports): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...createImport,
      handler: async ({ body }, reply) => reply.code(201).send(await imports.add(body)),
    });
    app.route({
      ...listImports,
      handler: async () => {
        const listed = await imports.list();
        const files = await imports.recordings();
        return { count: listed.length, imports: listed, files, import_folder: imports.importFolder() };
      },
    });
    app.route({
      ...getImport,
      handler: async ({ params: { id } }) => (await imports.find(id)) ?? missing(id),
    });
    app.route({
      ...uploadRecording,
      handler: ({ body }) => imports.upload(body),
    });
    app.route({
      ...cancelImport,
      handler: async ({ params: { id } }) => (await imports.cancel(id)) ?? missing(id),
    });
    // Outside the typed app: the schema describes the text, and what is sent is a stream of it.
    plain.route({
      ...downloadRejects,
      handler: async (request, reply) => {
        const path = await imports.rejects((request.params as { id: string }).id);
        reply.header('content-disposition', `attachment; filename="${basename(path)}"`);
        return reply.type('text/csv; charset=utf-8').send(createReadStream(path));
      },
    });
  };
}

function missing(id: string): never {
  throw new DeltaStreamError('not_found', `there is no import ${id}`);
}
