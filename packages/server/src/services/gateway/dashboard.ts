import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyError, FastifyInstance } from 'fastify';
import { declareAccess } from '../../kit/access/enforce-access.ts';
import { DeltaStreamError } from '../../kit/errors.ts';

const YEAR_SECONDS = 31_536_000;

/** Serves the built page at `/`. File names of assets carry their hash, so those never change. */
export async function serveDashboard(app: FastifyInstance, folder: string): Promise<void> {
  declareAccess(app, 'public');
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
    setHeaders: (reply, path) => {
      const fixed = path.includes(`${join(folder, 'assets')}`);
      reply.header('cache-control', fixed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
    },
  });
}
