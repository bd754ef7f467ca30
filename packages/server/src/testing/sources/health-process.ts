import { createRequire } from 'node:module';
import { stdout } from 'node:process';
import { Registry } from 'prom-client';
import { healthRoutes } from '../../kit/health/health.ts';
import { createHttpApp } from '../../kit/http/http.ts';
import { silentLogger } from '../../kit/logging/log.ts';

/** Asks an application for its health, and prints the statuses and the CommonJS files that are loaded then. */
const app = createHttpApp({ logger: silentLogger });
const ready = async () => [{ name: 'part', ok: true, reason: null }];
await app.register(healthRoutes({ name: 'feed', metrics: new Registry(), ready }));
const url = await app.listen({ port: 0, host: '127.0.0.1' });
const statuses: number[] = [];
for (const path of ['/livez', '/readyz', '/health', '/metrics']) {
  const response = await fetch(`${url}${path}`);
  await response.text();
  statuses.push(response.status);
}
await app.close();
stdout.write(JSON.stringify({ statuses, files: Object.keys(createRequire(import.meta.url).cache) }));
