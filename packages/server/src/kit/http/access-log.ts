import type { FastifyInstance } from 'fastify';
import type { Logger } from '../logging/log.ts';
import { contextOf } from './request-context.ts';

const FLUSH_MS = 50; // What a crash can take with it; twenty times a second costs nothing beside the requests.
const MAX_WAITING = 256; // Lines passed on at once: a turn of the event loop stays short.

/**
 * Logs a line for each request at `level`. A logger's own way of writing costs 15 us a line, most of it for the search for
 * secrets, and none of these fields can be one; so the line is put together here, and leaves the path of the
 * request in a list, to be passed on with others.
 */
export function logRequests(app: FastifyInstance, logger: Logger, level: 'debug' | 'info'): void {
  const { levels, service } = logger;
  const named = service === null ? '' : `"service":${JSON.stringify(service)},`;
  const begin = `{"level":"${level}","timestamp":`;
  const middle = `,${named}"event":"request_completed","request_id":`;
  const routes = new Map<string | undefined, string>();
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | null = null;

  const routeOf = (url: string | undefined): string => {
    let text = routes.get(url);
    if (text === undefined) {
      text = JSON.stringify(url ?? null);
      routes.set(url, text);
    }
    return text;
  };

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const lines = waiting;
    waiting = [];
    for (const line of lines) logger.lines.write(line);
  };

  app.addHook('onResponse', (request, reply, done) => {
    if (levels.keeps(service, level)) {
      const context = contextOf(request);
      let line = `${begin}${Date.now()}${middle}"${request.id}"`;
      if (context?.trace_id !== undefined) line += `,"trace_id":"${context.trace_id}"`;
      if (context?.span_id !== undefined) line += `,"span_id":"${context.span_id}"`;
      if (context?.user_id !== undefined) line += `,"user_id":${JSON.stringify(context.user_id)}`;
      if (context?.product !== undefined) line += `,"product":${JSON.stringify(context.product)}`;
      line += `,"method":"${request.method}","route":${routeOf(request.routeOptions.url)},"status":${reply.statusCode},"ms":${reply.elapsedTime.toFixed(3)},"message":"request"}\n`;
      waiting.push(line);
      if (waiting.length >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, FLUSH_MS).unref();
    }
    done();
  });
  app.addHook('onClose', async () => flush());
}
