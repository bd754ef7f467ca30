import type { FastifyRequest } from 'fastify';
import type { Logger } from '../logging/log.ts';
import { writeBatch } from '../logging/log-destination.ts';
import type { LogContext } from '../tracing/trace-context.ts';

const FLUSH_MS = 50; // What a crash can take with it; twenty times a second costs nothing beside the requests.
const MAX_WAITING = 256; // Lines passed on at once: a turn of the event loop stays short.
/** Lines made bytes of at once: one by one costs half as much again. */
const MAX_TEXTS = 16;
const BUFFER_BYTES = 131_072; // So many lines of 512 bytes; most have 300.
/** In UTF-8, of a character. */
const MAX_CHARACTER_BYTES = 3;

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
 * secrets, and none of these fields can be one; so the line is put together here. It waits as bytes,
 * to be passed on with others: as a text it would be moved by each collection of young objects until it leaves.
 */
export function createAccessLog(logger: Logger, level: 'debug' | 'info'): AccessLog {
  const { levels, service } = logger;
  const named = service === null ? '' : `"service":${JSON.stringify(service)},`;
  const begin = `{"level":"${level}","timestamp":`;
  const middle = `,${named}"event":"request_completed","request_id":"`;
  const routes = new Map<string | undefined, string>();
  /** The newest lines, and behind them those that are bytes already. */
  let texts: string[] = [];
  let characters = 0;
  let buffer: Buffer | null = null;
  let length = 0;
  let waiting = 0;
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

  const gather = (): Buffer => {
    buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
    length += buffer.write(texts.join(''), length);
    texts = [];
    characters = 0;
    return buffer;
  };
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting === 0) return;
    const batch = { bytes: gather().subarray(0, length), count: waiting };
    length = 0;
    waiting = 0;
    writeBatch(logger.lines, batch, level);
  };

  return {
    isKept: () => isKept,
    write(request, { request_id, trace_id, span_id, user_id, product }, status, ms) {
      let line = `${begin}${Date.now()}${middle}${request_id}","trace_id":"${trace_id}","span_id":"${span_id}"`;
      if (user_id !== undefined) line += `,"user_id":${JSON.stringify(user_id)}`;
      if (product !== undefined) line += `,"product":${JSON.stringify(product)}`;
      line += `,"method":"${request.method}","route":${routeOf(request.routeOptions.url)},"status":${status},"ms":${Math.round(1_000 * ms) / 1_000},"message":"request"}\n`;
      const mostBytes = MAX_CHARACTER_BYTES * line.length;
      if (length + MAX_CHARACTER_BYTES * characters + mostBytes > BUFFER_BYTES) flush();
      if (mostBytes > BUFFER_BYTES) return logger.lines.write(line);
      characters += line.length;
      waiting += 1;
      if (texts.push(line) >= MAX_TEXTS) gather();
      if (waiting >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    close() {
      unwatch();
      flush();
    },
  };
}
