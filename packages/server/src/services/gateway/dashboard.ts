import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PAGE_FAMILIES, PAGE_PATHS } from '@deltastream/contracts/live';
import fastifyStatic from '@fastify/static';
import type { FastifyError, FastifyInstance } from 'fastify';
import { DeltaStreamError } from '../../kit/errors.ts';

/** Keeps the page for when this server is away; it is asked for anew each time, as every file beside the assets. */
const SERVICE_WORKER = 'sw.js';

/** Serves the built dashboard at the address of each of its pages, and its assets, which have a rule for caches of their own. */
export async function serveDashboard(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, async () => {
      throw new DeltaStreamError(
        'not_found',
        'The page is not built: run "npm run build", then start again.',
      );
    });
    return;
  }
  // A path that could not be one of the folder (`//x`, backslashes) is a page that is not there, and no secret.
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if (error.statusCode !== 403) throw error;
    reply.callNotFound();
  });
  await app.register(fastifyStatic, {
    root: folder,
    cacheControl: false,
    setHeaders(response, path) {
      if (basename(path) === SERVICE_WORKER) response.header('service-worker-allowed', '/');
    },
  });
  for (const path of [...PAGE_PATHS, ...PAGE_FAMILIES.map((family) => `${family}:name`)]) {
    // The folder's index is served at `/` already.
    if (path !== '/')
      app.get(path, { schema: { hide: true } }, (_request, reply) => reply.sendFile('index.html'));
  }
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    cacheControl: false,
    decorateReply: false,
  });
}
