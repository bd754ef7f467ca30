import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlatformProcess, startPlatform, temporaryFolder } from './support/platform-process.ts';

/** Ports of the services when no gateway runs beside them. */
const PORTS = { auth: 8001, 'socket-gateway': 8002, storage: 8003, analytics: 8004, logging: 8005 } as const;

describe('services without a gateway', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;

  beforeAll(async () => {
    platform = await startPlatform(['--data', folder.path, '--only', Object.keys(PORTS).join(',')]);
  });
  afterAll(async () => {
    expect(await platform.stop()).toBe(0);
    folder.remove();
  });

  it.each(Object.entries(PORTS))('%s has health and metrics on port %d', async (name, port) => {
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    expect(await (await get('/health')).json()).toMatchObject({ status: 'ok', service: name });
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    const metrics = await get('/metrics');
    expect(metrics.status).toBe(200);
    expect(metrics.headers.get('content-type')).toContain('text/plain');
  });

  it('answers the routes of each on its own port', async () => {
    expect((await fetch('http://127.0.0.1:8003/api/data/products')).status).toBe(200);
    expect((await fetch('http://127.0.0.1:8004/api/analytics/pcr/NIFTY')).status).toBe(404);
    expect((await fetch('http://127.0.0.1:8005/api/logs')).status).toBe(401);
  });
});
