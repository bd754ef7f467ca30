import type { FastifyRequest } from 'fastify';
import type { Logger } from '../logging/log.ts';
import type { LogContext } from '../tracing/trace-context.ts';

const FLUSH_MS = 50; // What a crash can take with it; twenty times a second costs nothing beside the requests.
const MAX_WAITING = 256; // Lines passed on at once: a turn of the event loop stays short.

type LoggedContext = LogContext & Required<Pick<LogContext, 'request_id' | 'trace_id' | 'span_id'>>;

/** A line for each request. */
export interface AccessLog {
  /** Whether lines are kept at this moment: the level may change. */
  isKept(): boolean;
  write(request: FastifyRequest, context: LoggedContext, status: number, ms: number): void;
  /** Passes on what waits. */
  close(): void;
}

/**
 * Logs a line for each request at `level`. A logger's own way of writing costs 15 us a line, most of it for the search for
 * secrets, and none of these fields can be one; so the line is put together here, and leaves the path of the
 * request in a list, to be passed on with others.
 */
export function createAccessLog(logger: Logger, level: 'debug' | 'info'): AccessLog {
  const { levels, service } = logger;
  const named = service === null ? '' : `"service":${JSON.stringify(service)},`;
  const begin = `{"level":"${level}","timestamp":`;
  const middle = `,${named}"event":"request_completed","request_id":"`;
  const routes = new Map<string | undefined, string>();
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | null = null;
  let isKept = levels.keeps(service, level);
  const unwatch = levels.watch(() => {
    isKept = levels.keeps(service, level);
  });

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

  return {
    isKept: () => isKept,
    write(request, { request_id, trace_id, span_id, user_id, product }, status, ms) {
      let line = `${begin}${Date.now()}${middle}${request_id}","trace_id":"${trace_id}","span_id":"${span_id}"`;
      if (user_id !== undefined) line += `,"user_id":${JSON.stringify(user_id)}`;
      if (product !== undefined) line += `,"product":${JSON.stringify(product)}`;
      line += `,"method":"${request.method}","route":${routeOf(request.routeOptions.url)},"status":${status},"ms":${ms.toFixed(3)},"message":"request"}\n`;
      waiting.push(line);
      if (waiting.length >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    close() {
      unwatch();
      flush();
    },
  };
}
