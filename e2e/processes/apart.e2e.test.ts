import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PlatformProcess,
  runToExit,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const NAMES = ['auth', 'logging', 'operations', 'storage', 'analytics', 'socket-gateway', 'enricher', 'feed'];

describe('services without a gateway', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;

  beforeAll(async () => {
    platform = await startPlatform(['--data', folder.path, '--only', NAMES.join(',')]);
  });
  afterAll(async () => {
    expect(await platform.stop()).toBe(0);
    folder.remove();
  });
  const get = (name: string, path: string) => fetch(new URL(path, platform.urls.get(name)));

  it.each(NAMES)('%s has health and metrics on a port of its own', async (name) => {
    expect(await (await get(name, '/health')).json()).toMatchObject({ status: 'ok', service: name });
    expect((await get(name, '/livez')).status).toBe(200);
    expect((await get(name, '/readyz')).status).toBe(200);
    const metrics = await get(name, '/metrics');
    expect(metrics.status).toBe(200);
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    const text = await metrics.text();
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain(`deltastream_${name.replace('-', '_')}_`);
  });

  it('answers the routes of each on its own port', async () => {
    expect((await get('storage', '/api/data/products')).status).toBe(200);
    expect((await get('analytics', '/api/analytics/pcr/UNHEARD')).status).toBe(404);
    expect((await get('logging', '/api/logs')).status).toBe(401);
  });

  it('says which port is taken, and that another may be chosen', async () => {
    const port = new URL(platform.url).port;
    const second = await runToExit(['--only', 'enricher', '--port', port, '--data', folder.path]);
    expect(second.code).toBe(1);
    expect(second.output).toMatch(
      new RegExp(`port ${port} on 127.0.0.1 is in use .*--port; 0 takes a free one`),
    );
  });
});
