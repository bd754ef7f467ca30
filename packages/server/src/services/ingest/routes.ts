import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  type IngestReport,
  ingestChains,
  ingestQuotes,
  ingestTicks,
  type LineKind,
  schemaCheck,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { networkOf } from '../../kit/access/addresses.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { type BodyFormat, linesOf } from '../../kit/ingest/lines.ts';
import type { SharedIntake } from '../../kit/ingest/shared-intake.ts';
import { bearerToken, type TokenVerifier } from '../../kit/tokens/token.ts';
import { createIdempotencyKeys } from './idempotency.ts';

const DEFAULT_SOURCE = 'json';
const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
/** As long as a UUID with a name before it; printable, as a header is. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

const queryCheck = schemaCheck(ingestTicks.schema.querystring);
const inflate = promisify(gunzip);
const utf8 = new TextDecoder('utf-8', { fatal: true });

const ROUTES = [
  ['ticks', ingestTicks],
  ['quotes', ingestQuotes],
  ['chains', ingestChains],
] as const;

/** Bodies are validated line by line, not as one: a wrong line costs no other. */
export function ingestRoutes(intake: SharedIntake, verifier: TokenVerifier | undefined): FastifyPluginAsync {
  const { config, counts } = intake;
  const keys = createIdempotencyKeys<IngestReport>({
    maxKeys: config.maxIdempotencyKeys,
    ttlMs: config.idempotencyMs,
  });

  /** Whose key it is: of an account, of an API key, of an address. The token was checked before. */
  async function callerOf(request: FastifyRequest): Promise<string> {
    const token = bearerToken(request);
    const identity = token === null ? null : await verifier?.verify(token, request.ip);
    return identity ? `session ${identity.sessionId}` : `address ${networkOf(request.ip)}`;
  }

  async function bodyOf(request: FastifyRequest): Promise<string> {
    const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
    const sent = request.body;
    if (!Buffer.isBuffer(sent)) throw invalid('the body is missing; send lines of JSON');
    if (encoding !== 'identity' && encoding !== 'gzip') {
      throw new DeltaStreamError(
        'unsupported_media_type',
        `content encoding ${encoding.slice(0, 40)}: gzip is taken`,
      );
    }
    try {
      const plain =
        encoding === 'gzip' ? await inflate(sent, { maxOutputLength: config.maxBodyBytes }) : sent;
      if (plain.length > config.maxBodyBytes) throw new RangeError();
      return utf8.decode(plain);
    } catch (cause) {
      if (cause instanceof RangeError) {
        throw new DeltaStreamError(
          'payload_too_large',
          `the body has more than ${config.maxBodyBytes} bytes`,
          {
            cause,
          },
        );
      }
      throw invalid(encoding === 'gzip' ? 'the body is not gzip of UTF-8' : 'the body is not UTF-8', cause);
    }
  }

  const handlerOf = (kind: LineKind) => async (request: FastifyRequest) => {
    if (!queryCheck.accepts(request.query)) {
      const { instancePath, message } = queryCheck.faultOf(request.query);
      throw invalid(`querystring${instancePath.replaceAll('/', '.')}: ${message}`);
    }
    const { source = DEFAULT_SOURCE } = request.query;
    const key = request.headers['idempotency-key'];
    if (key !== undefined && !(typeof key === 'string' && IDEMPOTENCY_KEY.test(key))) {
      throw invalid('headers.idempotency-key: is not 1 to 200 printable characters');
    }
    const format: BodyFormat = NDJSON.includes(mediaTypeOf(request)) ? 'ndjson' : 'json';
    const work = () =>
      intake.admit(async () =>
        intake.take(kind, linesOf(await bodyOf(request), format, config.maxLines), source),
      );
    try {
      if (key === undefined) return await work();
      const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      return await keys.once(`${kind} ${await callerOf(request)}`, key, sent, work);
    } catch (error) {
      if (error instanceof DeltaStreamError && error.code === 'unavailable')
        counts.refused.inc({ reason: 'behind' });
      throw error;
    }
  };

  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(['application/json', ...NDJSON], { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    for (const [kind, route] of ROUTES) {
      app.route({ ...route, validatorCompiler: () => () => true, handler: handlerOf(kind) });
    }
  };
}

const mediaTypeOf = ({ headers }: FastifyRequest): string =>
  (headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();

const invalid = (message: string, cause?: unknown) =>
  new DeltaStreamError('invalid_request', message, { cause });
