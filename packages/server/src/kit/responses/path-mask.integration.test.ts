import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cwd } from 'node:process';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../errors.ts';
import { healthRoutes } from '../health/health.ts';
import { createHttpApp } from '../http/http.ts';
import { createLogger, silentLogger } from '../logging/log.ts';
import { createPathMask } from './path-mask.ts';

const FOLDER = '/srv/market/deltastream-7f3a';
const maskPaths = createPathMask({ [FOLDER]: 'the data folder', './data': 'the data folder' });

describe('paths of this machine', () => {
  it('are shown by what they are for', () => {
    expect(maskPaths(`ENOSPC: no space left, write '${FOLDER}/synthetic/store.db'`)).toBe(
      "ENOSPC: no space left, write 'the data folder/synthetic/store.db'",
    );
    expect(maskPaths(`open '${join(cwd(), 'data', 'auth.db')}'`)).toBe("open 'the data folder/auth.db'");
    expect(maskPaths(join(tmpdir(), 'x'))).toBe('the temporary folder/x');
    expect(maskPaths('GET /api/data/x is not a route')).toBe('GET /api/data/x is not a route');
  });

  it.each(['/data', '/app'])('are masked as words of a text, not within them: %s', (path) => {
    const mask = createPathMask({ [path]: 'the data folder' });
    const about = (shape: (path: string) => string) => [mask(shape(path)), shape('the data folder')];
    const named: ((path: string) => string)[] = [
      (shown) => shown,
      (shown) => `${shown}/store.db is full`,
      (shown) => `ENOSPC: write '${shown}/store.db', rename "${shown}" -> (${shown})`,
      (shown) => `folder=${shown}, EACCES:${shown}: not yours; it is ${shown}.`,
      (shown) => `file://${shown}/store.db`,
    ];
    for (const shape of named) {
      const [shown, expected] = about(shape);
      expect(shown).toBe(expected);
    }
    for (const other of [
      `GET /api${path}/nosuch is not a route`,
      `${path}base/x and ${path}-2 and ${path}.db`,
      `http://localhost:8000${path}/x`,
      `/srv${path}`,
    ]) {
      expect(mask(other)).toBe(other);
    }
  });

  describe('where clients read', () => {
    const lines: string[] = [];
    let app: FastifyInstance;
    afterEach(() => app.close());

    it('are in no error and in no reason of readiness, but in the log', async () => {
      const logger = createLogger('info', { write: (line) => void lines.push(line) });
      app = createHttpApp({ logger, maskPaths }) as unknown as FastifyInstance;
      const reason = `SQLITE_FULL: cannot write to ${FOLDER}/store.db`;
      app.get('/failing', async () => {
        throw new DeltaStreamError('store_failed', reason);
      });
      await app.register(
        healthRoutes({
          name: 'storage',
          metrics: new Registry(),
          ready: async () => [{ name: 'store', ok: false, reason }],
        }),
      );
      for (const url of ['/failing', '/readyz', '/health']) {
        const { body } = await app.inject(url);
        expect(body, url).toContain('cannot write to the data folder/store.db');
        expect(body, url).not.toContain(FOLDER);
      }
      expect(lines.join('')).toContain(FOLDER);
    });

    it.each(['/data', '/app'])('are not taken for the URL of a request: %s', async (path) => {
      const mask = createPathMask({ [path]: 'the data folder' });
      app = createHttpApp({ logger: silentLogger, maskPaths: mask }) as unknown as FastifyInstance;
      app.get(`${path}/known`, async () => ({}));
      const detailOf = async (method: 'GET' | 'POST', url: string) =>
        (await app.inject({ method, url })).json().detail;
      expect(await detailOf('GET', `/api${path}/nosuch`)).toContain(`GET /api${path}/nosuch is not a route`);
      expect(await detailOf('GET', `${path}/nosuch`)).toContain(`GET ${path}/nosuch is not a route`);
      expect(await detailOf('POST', `${path}/known`)).toContain(`POST ${path}/known is not a route`);
      expect(await detailOf('GET', `${path}/%zz`)).not.toContain('the data folder');
    });
  });
});
