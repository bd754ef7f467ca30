import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cwd } from 'node:process';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { DeltaStreamError } from './errors.ts';
import { healthRoutes } from './health.ts';
import { createHttpApp } from './http.ts';
import { createLogger } from './log.ts';
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

  describe('where strangers read', () => {
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
          start: async () => {},
          stop: async () => {},
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
  });
});
