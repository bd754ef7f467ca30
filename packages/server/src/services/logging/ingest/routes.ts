import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { pushLokiLogs, type Route, sendLogs, sendOtlpLogs, sendOtlpTraces } from '@deltastream/contracts';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { logContext } from '../../../kit/tracing/trace-context.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogStore } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingMetrics } from '../metrics.ts';
import type { LoggingSettings } from '../settings.ts';
import { createFinish } from './finish-entry.ts';
import { readLokiPush } from './loki-push.ts';
import { readNdjson } from './ndjson.ts';
import { readOtlpLogs, readOtlpTraces } from './otlp.ts';
import { createTaken, type Taken } from './taken.ts';

export interface LogIngestParts {
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly metrics: LoggingMetrics;
  readonly settings: LoggingSettings;
}

interface Protocol {
  readonly name: string;
  readonly route: Route;
  read(body: Buffer, taken: Taken): void;
  /** What the sender is told of lines that are stored, and of lines that were refused. */
  answer(taken: Taken, reply: FastifyReply): unknown;
}

const inflate = promisify(gunzip);
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Refusals listed in an answer: enough to see what is wrong with a sender. */
const MAX_LISTED = 20;
/** Lines of a collector have about as much of their resource as of their own. */
const CHARACTERS_OF_A_BYTE = 2;

/**
 * Takes lines that others send. An answer comes once they are stored, so that who has it need not send them again; what is
 * wrong with a line is counted, told, and costs no other.
 */
export function logIngestRoutes({ logs, clock, metrics, settings }: LogIngestParts): FastifyPluginAsync {
  const protocols: readonly Protocol[] = [
    {
      name: 'ndjson',
      route: sendLogs,
      read: (body, taken) => readNdjson(body, taken, settings.ingestLineBytes, clock.now()),
      answer: ({ entries, refused }) => ({
        accepted: entries.length,
        rejected: refused.length,
        rejections: refused.slice(0, MAX_LISTED),
      }),
    },
    {
      name: 'otlp_logs',
      route: sendOtlpLogs,
      read: (body, taken) => readOtlpLogs(parsed(body, 'resourceLogs'), taken, settings.maxLine, clock.now()),
      answer: (taken) => partialSuccess('rejectedLogRecords', taken),
    },
    {
      name: 'otlp_traces',
      route: sendOtlpTraces,
      read: (body, taken) => readOtlpTraces(parsed(body, 'resourceSpans'), taken, settings.maxLine),
      answer: (taken) => partialSuccess('rejectedSpans', taken),
    },
    {
      name: 'loki',
      route: pushLokiLogs,
      read: (body, taken) => readLokiPush(parsed(body, 'streams'), taken, settings.maxLine),
      answer({ entries, refused }, reply) {
        if (refused.length === 0) return reply.status(204).send();
        throw invalid(`${told(refused)}; the other ${entries.length} entries are stored`);
      },
    },
  ];

  const bounds = {
    maxLines: settings.ingestLines,
    maxCharacters: CHARACTERS_OF_A_BYTE * settings.ingestPlainBytes,
  };
  const handlerOf = (protocol: Protocol) => async (request: FastifyRequest, reply: FastifyReply) => {
    const body = await plainBody(request, settings.ingestPlainBytes);
    const finish = createFinish({
      settings,
      sentBy: logContext()?.user_id ?? null,
      nowMs: clock.now(),
      ahead: () => metrics.ahead(1),
    });
    const taken = createTaken(bounds, finish);
    try {
      protocol.read(body, taken);
    } catch (error) {
      metrics.taken(protocol.name, 0, taken.entries.length + taken.refused.length);
      throw error;
    }
    await logs.append(taken.entries);
    metrics.taken(protocol.name, taken.entries.length, taken.refused.length);
    return protocol.answer(taken, reply);
  };

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    for (const protocol of protocols) {
      app.route({
        ...protocol.route,
        validatorCompiler: () => () => true,
        handler: handlerOf(protocol),
      });
    }
  };
}

async function plainBody({ body, headers }: FastifyRequest, maxBytes: number): Promise<Buffer> {
  if (!Buffer.isBuffer(body)) throw invalid('the body is missing; send lines');
  const type = (headers['content-type'] ?? '').toLowerCase();
  if (type.includes('protobuf')) throw unsupported('protobuf is not taken; send JSON');
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') throw unsupported(`content encoding ${encoding.slice(0, 40)}: gzip is taken`);
  try {
    return await inflate(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw invalid('the body is not gzip', cause);
    throw new DeltaStreamError('payload_too_large', `the body has more than ${maxBytes} bytes`, { cause });
  }
}

/** A body of JSON whose list has to be a list, where it is there. */
function parsed(body: Buffer, list: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw invalid('the body is no JSON in UTF-8', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('the body is no object');
  const found = (value as Record<string, unknown>)[list];
  if (found !== undefined && !Array.isArray(found)) throw invalid(`body.${list}: is no array`);
  return value;
}

/** Says what is stored is not to be sent again. */
const partialSuccess = (name: string, { refused }: Taken) =>
  refused.length === 0
    ? {}
    : { partialSuccess: { [name]: String(refused.length), errorMessage: told(refused) } };

const told = (refused: Taken['refused']): string =>
  `${refused.length} refused, the first: ${refused[0].line}: ${refused[0].reason}`;

const invalid = (message: string, cause?: unknown) =>
  new DeltaStreamError('invalid_request', message, { cause });
const unsupported = (message: string) => new DeltaStreamError('unsupported_media_type', message);
