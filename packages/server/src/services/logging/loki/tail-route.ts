import type { FastifyPluginAsync } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { routeUpgrades, takeUpgrade, upgradeOf } from '../../../kit/http/connections/routed-upgrades.ts';
import { LOKI_TAIL_PATH } from '../../../kit/http/route-table.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogEntry, LogStore } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingMetrics } from '../metrics.ts';
import type { LoggingSettings } from '../settings.ts';
import type { LogTail } from '../tail/log-tail.ts';
import { parseLogsQuery } from './logql/parse.ts';
import type { LogQuery } from './logql/query.ts';
import { parametersOf } from './parameters.ts';
import { createPipeline, type ShownLine } from './pipeline.ts';
import { createBudget, scan } from './scan.ts';
import { createSocketReader, type SocketReader } from './tail-socket.ts';

export interface TailRouteParts {
  readonly logs: LogStore;
  readonly tail: Pick<LogTail, 'join'>;
  readonly clock: Clock;
  readonly metrics: Pick<LoggingMetrics, 'tailDropped'>;
  readonly settings: LoggingSettings;
}

const DEFAULT_LINES = 100; // Loki's own, of what was stored before.
const MAX_LINES = 5_000; // Loki's own.
const MAX_DELAY_SECONDS = 5; // Loki's own.
const MAX_MESSAGE_BYTES = 1_024; // Nothing is expected of a reader.

/** Grafana's live mode: a WebSocket that sends lines of a query as they are stored, after those of the time before. */
export function lokiTailRoute({ logs, tail, clock, metrics, settings }: TailRouteParts): FastifyPluginAsync {
  const server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    maxPayload: MAX_MESSAGE_BYTES,
  });

  /** The last lines of the time before, oldest first. */
  const historyOf = async (query: LogQuery, fromMs: number, limit: number) => {
    const found: { entry: LogEntry; line: ShownLine }[] = [];
    const range = { fromMs, toMs: Math.max(fromMs, clock.now() + 1) };
    await scan(logs, query, range, 'newest', createBudget(settings), (line, entry) => {
      found.push({ entry, line });
      return found.length < limit;
    });
    return found.slice(0, limit).reverse();
  };

  const serve = async (
    socket: WebSocket,
    reader: SocketReader,
    leave: () => void,
    history: () => ReturnType<typeof historyOf>,
  ) => {
    const end = () => {
      leave();
      reader.stop();
    };
    socket.on('close', end);
    socket.on('error', () => socket.terminate());
    if (socket.readyState !== socket.OPEN) return end();
    try {
      reader.begin(await history());
    } catch {
      // The reader asks again, and sees in a search what is wrong.
      socket.terminate();
    }
  };

  return async (app) => {
    routeUpgrades(app, LOKI_TAIL_PATH);
    app.route({
      method: 'GET',
      url: LOKI_TAIL_PATH,
      exposeHeadRoute: false,
      schema: { hide: true } as object,
      handler: async (request, reply) => {
        const given = parametersOf(request.query);
        const query = parseLogsQuery(given.required('query'));
        const limit = given.integer('limit', DEFAULT_LINES, MAX_LINES);
        const { fromMs } = given.range(clock.now());
        const delayMs = delayOf(given.text('delay_for')) * 1_000;
        if (upgradeOf(request.raw) === undefined)
          throw invalid('the log is followed through a WebSocket: send connection and upgrade');
        const show = createPipeline(query);
        let reader: SocketReader | null = null;
        const leave = tail.join({
          take: (entry, event) => reader?.take(entry, event),
          beat: () => reader?.beat(),
          end: (reason) => reader?.end(reason),
        });
        const waiting = takeUpgrade(request.raw, reply);
        if (waiting === undefined) {
          leave();
          throw invalid('the connection was taken already');
        }
        waiting.socket.once('close', leave);
        server.handleUpgrade(request.raw, waiting.socket, waiting.head, (socket) => {
          reader = createSocketReader({
            ...{ socket, show, clock, delayMs, settings, onDropped: metrics.tailDropped },
          });
          void serve(socket, reader, leave, () => historyOf(query, fromMs, limit));
        });
        return reply;
      },
    });
  };
}

function delayOf(text: string | undefined): number {
  const seconds = Number(text ?? 0);
  if (seconds >= 0 && seconds <= MAX_DELAY_SECONDS) return seconds;
  throw invalid(`delay_for: is not a number of seconds up to ${MAX_DELAY_SECONDS}`);
}

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
