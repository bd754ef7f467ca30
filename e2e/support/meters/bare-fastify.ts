import { fork } from 'node:child_process';
import { once } from 'node:events';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { healthDuring } from './health-meter.ts';

const THIS = fileURLToPath(import.meta.url);
/** As long as our refusals are. */
const REFUSAL = JSON.stringify({ type: 'about:blank', detail: 'x'.repeat(230) });

/** What a Fastify server without any code of ours makes a healthy client wait, ms at the 99th percentile. */
export interface BareFigures {
  readonly before: number;
  readonly during: number;
}

/**
 * The same load on a Fastify server of its own, in a process of its own: it has one address with a fixed body, for the
 * healthy client, and refuses every other. What is slower there is the machine's doing, not the platform's.
 */
export async function bareFastifyUnder(
  { path, body }: { readonly path: string; readonly body: string },
  baseline: () => Promise<unknown>,
  load: (url: string) => Promise<unknown>,
): Promise<BareFigures> {
  const server = fork(THIS, [path, body.length > 0 ? body : '{}']);
  try {
    const [port] = await once(server, 'message');
    const url = `http://127.0.0.1:${port}`;
    const before = await healthDuring(url, baseline, path);
    const during = await healthDuring(url, () => load(url), path);
    return { before: before.p99, during: during.p99 };
  } finally {
    server.kill();
  }
}

if (argv[1] === THIS) {
  const [, , path, body] = argv;
  const app = Fastify();
  app.get(path, (_request, reply) => void reply.type('application/json').send(body));
  app.setNotFoundHandler((_request, reply) => {
    reply.code(429).header('retry-after', 10).type('application/problem+json').send(REFUSAL);
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  process.send?.(new URL(address).port);
  process.on('disconnect', () => process.exit());
}
