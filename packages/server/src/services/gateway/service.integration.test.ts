import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import { CLOSED_AT_ONCE, NO_LIMIT } from './gateway.fixture.ts';
import { createGateway, type Gateway } from './service.ts';

const running: Gateway[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

/** A small upstream with the failures that a gateway has to translate. */
function upstream(ready = true, degraded: string | null = null): Service {
  const metrics = new Registry();
  new Counter({ name: 'deltastream_storage_example_total', help: 'example', registers: [metrics] }).inc(3);
  return {
    name: 'storage',
    metrics,
    start: async () => {},
    stop: async () => {},
    ready: async () => [{ name: 'store', ok: ready, reason: ready ? degraded : 'disk is full' }],
    routes: async (app) => {
      app.get('/api/data/fault', async () => {
        throw new Error('secret internals');
      });
      app.get('/api/data/unknown', async () => {
        throw new DeltaStreamError('unknown_product', 'product XYZ is not known');
      });
      app.get('/api/data/busy', async () => {
        throw new DeltaStreamError('unavailable', 'try later', { retryAfterSeconds: 7 });
      });
      app.post('/api/data/echo', { schema: { body: bodySchema } }, async (request) => request.body);
    },
  };
}

const bodySchema = {
  type: 'object',
  required: ['count'],
  additionalProperties: false,
  properties: { count: { type: 'integer' } },
} as const;

async function start(options: { ready?: boolean; degraded?: string; web?: string } = {}): Promise<string> {
  const gateway = await createGateway(
    { upstreams: [upstream(options.ready, options.degraded)], limiter: NO_LIMIT, logger: silentLogger },
    {
      ...CLOSED_AT_ONCE,
      ...{ host: '127.0.0.1', port: 0, webFolder: options.web ?? '/nonexistent', version: '1.2.3' },
    },
  );
  running.push(gateway);
  await gateway.start();
  return gateway.url();
}

const post = (url: string, body: string, type = 'application/json') =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': type } });

describe('gateway', () => {
  it.each([
    ['/api/data/unknown', 404, 'unknown_product', /XYZ/],
    ['/api/data/busy', 503, 'unavailable', /later/],
    ['/api/nothing/here', 404, 'not_found', /GET \/api\/nothing\/here/],
    ['/api/data/%', 400, 'invalid_request', /./],
  ])('answers %s as a problem document', async (path, status, code, detail) => {
    const response = await fetch(`${await start()}${path}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = (await response.json()) as { code: string; detail: string; request_id: string };
    expect(problem).toMatchObject({ status, code });
    expect(problem.detail).toMatch(detail);
    expect(problem.request_id).toBe(response.headers.get('x-request-id'));
  });

  it('keeps internals out of the response to a fault', async () => {
    const text = await (await fetch(`${await start()}/api/data/fault`)).text();
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'internal' });
    expect(text).not.toContain('secret internals');
  });

  it('passes the time to wait on, and a given request id back', async () => {
    const url = await start();
    const response = await fetch(`${url}/api/data/busy`, { headers: { 'x-request-id': 'abc-123' } });
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('x-request-id')).toBe('abc-123');
    const strange = await fetch(`${url}/livez`, { headers: { 'x-request-id': 'a b<script>' } });
    expect(strange.headers.get('x-request-id')).not.toContain('script');
  });

  it.each([
    ['a missing field', '{}', 'application/json', 400, /body: .*count/],
    ['an unknown field', '{"count":1,"evil":2}', 'application/json', 400, /evil/],
    ['a wrong type', '{"count":"many"}', 'application/json', 400, /body\.count/],
    ['broken JSON', '{"count":', 'application/json', 400, /JSON/i],
    ['another media type', 'count=1', 'text/csv', 415, /media/i],
    ['a body beyond the limit', `{"count":1,"x":"${'y'.repeat(70_000)}"}`, 'application/json', 413, /large/i],
  ])('refuses %s, saying where', async (_what, body, type, status, detail) => {
    const response = await post(`${await start()}/api/data/echo`, body, type);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { detail: string }).detail).toMatch(detail);
  });

  it('is ready when its services are, and says which one is not', async () => {
    const good = await start();
    expect((await fetch(`${good}/readyz`)).status).toBe(200);
    const bad = await start({ ready: false });
    const response = await fetch(`${bad}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      checks: [{ name: 'storage', reason: 'store: disk is full' }],
    });
    expect((await fetch(`${bad}/livez`)).status).toBe(200);
    expect(await (await fetch(`${bad}/health`)).json()).toMatchObject({ status: 'degraded' });
    expect((await fetch(`${bad}/services/storage/readyz`)).status).toBe(503);
  });

  it('says in the status why a service is degraded, without the path of its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-status-'));
    const url = await start({ degraded: `${folder}/main.db: 3 of 20 days are done` });
    const status = (await (await fetch(`${url}/api/status`)).json()) as {
      upstreams: { last_error: string }[];
    };
    expect(status.upstreams[0].last_error).toMatch(/^degraded: store: .*main\.db: 3 of 20 days are done$/);
    expect(status.upstreams[0].last_error).not.toContain(folder);
    rmSync(folder, { recursive: true });
  });

  it('shows the metrics of every service in one page', async () => {
    const text = await (await fetch(`${await start()}/metrics`)).text();
    expect(text).toContain('deltastream_storage_example_total 3');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('describes every route, and serves the reference without another host', async () => {
    const url = await start();
    const api = (await (await fetch(`${url}/api/openapi.json`)).json()) as { openapi: string; paths: object };
    expect(api.openapi).toBe('3.1.0');
    expect(Object.keys(api.paths)).toContain('/api/data/echo');
    const page = await (await fetch(`${url}/api/docs/`)).text();
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  it.each([
    '//x',
    '//evil.example',
    '//api/status',
    '/api//status',
    '/%5cevil.example',
    '///',
    '/assets',
    '/x/',
  ])('has no page at %s, and leads nowhere else', async (path) => {
    const web = mkdtempSync(join(tmpdir(), 'web-'));
    writeFileSync(join(web, 'index.html'), 'page');
    mkdirSync(join(web, 'assets'));
    const { port } = new URL(await start({ web }));
    const [status, location] = await new Promise<unknown[]>((resolve) => {
      request({ port, host: '127.0.0.1', path }, (response) => {
        response.resume();
        resolve([response.statusCode, response.headers.location]);
      }).end();
    });
    expect([status, location]).toEqual([404, undefined]);
  });

  it('serves the page with a strict content policy, and says when it is not built', async () => {
    const web = mkdtempSync(join(tmpdir(), 'web-'));
    mkdirSync(join(web, 'assets'));
    writeFileSync(join(web, 'index.html'), '<title>page</title>');
    writeFileSync(join(web, 'assets', 'app-1a2b.js'), 'export {};');
    writeFileSync(join(web, 'sw.js'), 'const BUILD = {};');
    writeFileSync(join(web, 'manifest.webmanifest'), '{}');
    const url = await start({ web });
    const page = await fetch(`${url}/`);
    expect(await page.text()).toContain('page');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.headers.get('content-security-policy')).toMatch(/connect-src 'self'(;|$)/);
    expect(page.headers.get('cache-control')).toBe('public, no-cache');
    const chain = await fetch(`${url}/chain?product=NIFTY`);
    expect(await chain.text()).toContain('page');
    expect(chain.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(chain.headers.get('cache-control')).toBe('public, no-cache');
    expect(await (await fetch(`${url}/logs/traces/${'a'.repeat(32)}`)).text()).toContain('page');
    for (const path of ['/unknown', '/logs/traces', '/logs/traces/a/b'])
      expect((await fetch(url + path)).status).toBe(404);
    const asset = await fetch(`${url}/assets/app-1a2b.js`);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const worker = await fetch(`${url}/sw.js`);
    expect(worker.headers.get('cache-control')).toBe('public, no-cache');
    expect(worker.headers.get('service-worker-allowed')).toBe('/');
    expect(worker.headers.get('content-type')).toContain('javascript');
    expect(page.headers.get('service-worker-allowed')).toBeNull();
    const manifest = await fetch(`${url}/manifest.webmanifest`);
    expect(manifest.headers.get('content-type')).toContain('application/manifest+json');
    expect((await fetch(`${url}/..%2f..%2fetc/passwd`)).status).toBeGreaterThanOrEqual(400);
    const unbuilt = await fetch(`${await start()}/`);
    expect(unbuilt.status).toBe(404);
    expect(await unbuilt.text()).toContain('npm run build');
  });

  it('says of a service that runs nowhere that it does not, and counts it as no fault', async () => {
    const gateway = await createGateway(
      { upstreams: [upstream()], limiter: NO_LIMIT, logger: silentLogger },
      { host: '127.0.0.1', port: 0, webFolder: '/nonexistent', version: '1', absent: ['feed'] },
    );
    running.push(gateway);
    await gateway.start();
    const response = await fetch(`${gateway.url()}/api/instruments`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('the feed service does not run on this platform'),
    });
    const status = (await (await fetch(`${gateway.url()}/api/status`)).json()) as { upstreams: object[] };
    expect(status).toMatchObject({ status: 'ok', upstreams: [{ place: 'in_process' }] });
    expect(Object.keys(((await gateway.describe()) as { paths: object }).paths)).toContain(
      '/api/instruments',
    );
  });

  it('names the port when it is taken', async () => {
    const port = Number(new URL(await start()).port);
    const second = await createGateway(
      { upstreams: [], limiter: NO_LIMIT, logger: silentLogger },
      { host: '127.0.0.1', port, webFolder: '/nonexistent', version: '1' },
    );
    running.push(second);
    await expect(second.start()).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(`${port}`),
    });
  });

  it('stops although a client never finishes its request', async () => {
    const gateway = await createGateway(
      { upstreams: [upstream()], limiter: NO_LIMIT, logger: silentLogger },
      { host: '127.0.0.1', port: 0, webFolder: '/nonexistent', version: '1', closeTimeoutMs: 100 },
    );
    await gateway.start();
    const slow = request(`${gateway.url()}/api/data/echo`, {
      method: 'POST',
      headers: { 'content-length': '100' },
    });
    slow.on('error', () => {});
    slow.write('{');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await gateway.stop();
  });
});
