import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { forwardedHops } from '../access/addresses.ts';
import { DeltaStreamError } from '../errors.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The id of a request: the caller's `x-request-id` when that is valid, else what no other application has and a number. */
export function createRequestIds(): (request: Pick<IncomingMessage, 'headers'>) => string {
  const own = randomUUID().slice(0, 13);
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
    count += 1;
    return `${own}-${count.toString(36)}`;
  };
}

/** For responses that are data: nothing of them may be run, framed, guessed at or embedded elsewhere. */
export const OF_DATA: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** What is done first with every request; null where it may go on. */
export type HeadCheck = (request: FastifyRequest, reply: FastifyReply) => DeltaStreamError | null;

/**
 * Its id and the headers of data go into the response, what proxies say becomes addresses, and a head that is not sound is
 * refused.
 */
export function createHeadCheck(forwarded: boolean): HeadCheck {
  return (request, reply) => {
    reply.headers(OF_DATA).header('x-request-id', request.id);
    if (forwarded) normaliseForwarded(request.raw.headers);
    return validateRequestHead(request.raw);
  };
}

/** Fastify takes each hop of the header as it is, also with a port, by which an address would be another each time. */
function normaliseForwarded(headers: IncomingHttpHeaders): void {
  const name = 'x-forwarded-for';
  if (headers[name] === undefined) return;
  const hops = forwardedHops(headers[name]);
  if (hops.length === 0) delete headers[name];
  else headers[name] = hops.join(', ');
}

/** Headers that say one thing: a second one is a disagreement that two readers may settle differently. */
const SINGLE: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  'host',
  'origin',
  'traceparent',
  'x-request-id',
]);
const LENGTHS: ReadonlySet<number> = new Set([...SINGLE].map(({ length }) => length));

/** A segment of one or two dots, also when dots or slashes are encoded: it means another path to somebody. */
const DOT_SEGMENT = /(?:\/|\\|%2f|%5c)(?:\.|%2e){1,2}(?:\/|\\|%2f|%5c|$)/i;
const NUL = /%00/;
/** Addresses whose service inflates a body itself, with a bound. `/logs` is that of the tutorial. */
const TAKES_GZIP = ['/api/ingest/', '/api/logs', '/logs'];

/** Why a request is refused before anything of it is used; null when it is sound. */
export function validateRequestHead({
  rawHeaders,
  headers,
  url = '/',
}: IncomingMessage): DeltaStreamError | null {
  // Node keeps one of each name, so nothing is there twice where nothing is missing.
  const doubled = 2 * Object.keys(headers).length === rawHeaders.length ? null : doubledHeader(rawHeaders);
  if (doubled !== null) return new DeltaStreamError('invalid_request', `header ${doubled}: is sent twice`);
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return new DeltaStreamError('invalid_request', 'header transfer-encoding: is not chunked');
  }
  const encoding = headers['content-encoding'];
  if (
    encoding !== undefined &&
    encoding !== 'identity' &&
    !(encoding === 'gzip' && TAKES_GZIP.some((prefix) => url.startsWith(prefix)))
  ) {
    return new DeltaStreamError('unsupported_media_type', 'an encoded body is not decoded here');
  }
  // Nearly every path has neither, so nearly none pays for the expressions.
  if (!url.includes('..') && !url.includes('%') && !url.includes('/.')) return null;
  const [path] = url.split('?', 1);
  if (DOT_SEGMENT.test(path)) {
    return new DeltaStreamError('invalid_request', 'path: has a segment of dots');
  }
  return NUL.test(path) ? new DeltaStreamError('invalid_request', 'path: has a NUL') : null;
}

/** `rawHeaders` alternates names, as they were sent, and values. */
function doubledHeader(rawHeaders: readonly string[]): string | null {
  let seen: string[] | null = null;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!LENGTHS.has(rawHeaders[i].length)) continue;
    const name = rawHeaders[i].toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen?.includes(name)) return name;
    seen ??= [];
    seen.push(name);
  }
  return null;
}

/** For libraries that many processes do not need: who is asked for nothing but its health has no schema. */
const load = createRequire(import.meta.url);

type ValidatorCompiler = ReturnType<BuildCompilerFromPool>;
type Validator = ReturnType<ValidatorCompiler>;

/** What is wrong comes with the schema of the place, whose example says what would be right. */
const VALIDATION = { removeAdditional: false, useDefaults: true, verbose: true } as const;

/**
 * Validators of requests. A JSON body says of what type its values are, and none of them is taken for another.
 * Of an address everything is text, read as the type its schema asks for; a number too large to be one exceeds
 * every maximum. One is compiled by the first request to its route: a process declares hundreds and uses few.
 */
export const buildValidator: BuildCompilerFromPool = (schemas, given) => {
  const compilerWith = (own: object) =>
    once((): ValidatorCompiler => {
      const { AjvCompiler } = load('@fastify/ajv-compiler') as typeof import('@fastify/ajv-compiler');
      return AjvCompiler()(schemas, {
        onCreate: given?.onCreate,
        plugins: given?.plugins ?? [],
        customOptions: { ...VALIDATION, ...own },
      });
    });
  const ofBodies = compilerWith({ coerceTypes: false });
  const ofAddresses = compilerWith({ coerceTypes: 'array', strictNumbers: false });
  return (part) => {
    const compiler = (part as { httpPart?: string }).httpPart === 'body' ? ofBodies : ofAddresses;
    return compiledAtFirst(() => compiler()(part));
  };
};

function compiledAtFirst(compile: () => Validator): Validator {
  const compiled = once(compile);
  const validate = ((data: unknown) => {
    const validator = compiled();
    const isValid = validator(data);
    // Where Fastify looks for what is wrong.
    validate.errors = validator.errors;
    return isValid;
  }) as Validator;
  return validate;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
