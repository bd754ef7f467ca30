import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import type { SerializerFactory } from '@fastify/fast-json-stringify-compiler';
import type { FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify';
import { LRUCache } from 'lru-cache';

export interface Encodings {
  /** The encoding that a caller likes best; null for the body as it is. */
  readonly choose: (accepted: string | undefined, bytes: number) => Encoding | null;
  readonly bodies: ResponseBodies;
}

/**
 * Gives a response its rule for caches, and one that is held in memory its tag and its encoding, or leaves it out where
 * the caller has it already. What is no complete 200, or may not be cached, passes as it is. A failure has its own rule.
 */
export function createRepresentation(
  cacheControl: string,
  encodings?: Encodings,
): onSendHookHandler<unknown> {
  return (request, reply, body, done) => {
    const isStored = reply.getHeader('cache-control') !== 'no-store' && cacheControl !== 'no-store';
    reply.header('cache-control', isStored ? cacheControl : 'no-store');
    if (!isStored || !isValidatable(request, reply, body)) return done(null, body);
    const { headers } = request;
    const given = reply.getHeader('etag');
    const tag = typeof given === 'string' ? given : entityTag(body);
    const encoding = encodings?.choose(headers['accept-encoding'], body.length) ?? null;
    if (encodings !== undefined) reply.header('vary', withVary(reply.getHeader('vary')));
    const known = tagMatches(headers['if-none-match'], tag);
    if (known || encodings === undefined || encoding === null) {
      reply.header('etag', encoding === null ? tag : encodedTag(tag, encoding));
      if (known) notModified(reply);
      return done(null, known ? null : body);
    }
    // Headers say what is there: where the body cannot be encoded, a failure without them takes its place.
    const send = (bytes: Uint8Array) => {
      reply.header('etag', encodedTag(tag, encoding)).header('content-encoding', encoding);
      reply.removeHeader('content-length');
      done(null, bytes);
    };
    const encoded = encodings.bodies.encode(tag, body, encoding);
    if (encoded instanceof Promise) encoded.then(send, done);
    else send(encoded);
  };
}

const tags = new WeakMap<Uint8Array, string>();

/**
 * A strong validator (RFC 9110, 8.8.1): equal for equal bytes only. Of bytes that are held, such as those of
 * a cache, it is computed once.
 */
export function entityTag(body: string | Uint8Array): string {
  if (typeof body === 'string') return digest(body);
  const known = tags.get(body);
  if (known !== undefined) return known;
  const tag = digest(body);
  tags.set(body, tag);
  return tag;
}

const digest = (body: string | Uint8Array): string => `"${hash('sha256', body, 'base64url').slice(0, 27)}"`;

/** Of the same content in another encoding: other bytes, so another tag. */
const encodedTag = (tag: string, encoding: string): string => `${tag.slice(0, -1)}.${encoding}"`;

const TAG_CODING = /\.(?:br|gzip|zstd)"$/;

/**
 * Whether `If-None-Match` names the content of `tag`, in any encoding: a cache that has it in one has the
 * same content. Weak comparison, as the header asks for.
 */
export function tagMatches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header === tag || header === '*') return true;
  return header.split(',').some((each) => each.trim().replace(/^W\//, '').replace(TAG_CODING, '"') === tag);
}

/** Whether a response may be validated by its bytes: a complete one, held in memory. */
function isValidatable(
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): body is string | Uint8Array {
  return (
    reply.statusCode === 200 &&
    (typeof body === 'string' || body instanceof Uint8Array) &&
    (request.method === 'GET' || request.method === 'HEAD')
  );
}

/** Turns a response into 304 (RFC 9110, 15.4.5). */
function notModified(reply: FastifyReply): void {
  reply.code(304).removeHeader('content-type');
  reply.removeHeader('content-length');
}

const ENCODING = 'accept-encoding';

function withVary(held: unknown): string {
  if (held === undefined) return ENCODING;
  // What nearly all routes of data say.
  if (held === 'accept') return `accept, ${ENCODING}`;
  const names = String(held).toLowerCase();
  return names === '*' || names.includes(ENCODING) ? String(held) : `${held}, ${ENCODING}`;
}

const ENCODINGS = ['br', 'zstd', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Below it the headers weigh more than what is saved. */
export const MIN_BYTES = 1_024;
const MAX_HEADERS = 1_000; // Clients send few different ones; one that is forgotten is parsed again.
const BROTLI_QUALITY = 5;
const GZIP_LEVEL = 6;
const ZSTD_LEVEL = 3;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);
const zstandard = promisify(zstdCompress);

/**
 * Chooses by `Accept-Encoding` (RFC 9110, 12.5.3); between what a caller likes equally, the order of
 * `ENCODINGS`. Null means as it is, also where nothing acceptable can be made: then the header is
 * disregarded, as the RFC allows.
 */
export function createEncodingChoice(): (accepted: string | undefined, bytes: number) => Encoding | null {
  const known = new LRUCache<string, Preference>({ max: MAX_HEADERS });
  return (accepted, bytes) => {
    if (accepted === undefined) return null;
    let preference = known.get(accepted);
    if (preference === undefined) {
      preference = preferenceOf(accepted);
      known.set(accepted, preference);
    }
    return bytes < MIN_BYTES && !preference.refusesIdentity ? null : preference.encoding;
  };
}

interface Preference {
  readonly encoding: Encoding | null;
  readonly refusesIdentity: boolean;
}

const CODING = /^\s*([\w*-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/i;

function preferenceOf(accepted: string): Preference {
  const qualities = new Map<string, number>();
  for (const item of accepted.split(',')) {
    const [, coding, quality = '1'] = CODING.exec(item) ?? [];
    if (coding !== undefined) qualities.set(coding.toLowerCase(), Number(quality));
  }
  const others = qualities.get('*') ?? 0;
  // Not named, identity is acceptable, but less than what is.
  const identity = qualities.get('identity') ?? (qualities.get('*') === 0 ? 0 : null);
  let best: Encoding | null = null;
  let most = 0;
  for (const encoding of ENCODINGS) {
    const quality = qualities.get(encoding) ?? others;
    if (quality <= most || quality < (identity ?? 0)) continue;
    best = encoding;
    most = quality;
  }
  return { encoding: best, refusesIdentity: identity === 0 };
}

/** Bodies of responses by tag, as they came from a service elsewhere and in the encodings that were asked for. */
export interface ResponseBodies {
  get(tag: string): Uint8Array | undefined;
  keep(tag: string, body: Uint8Array): void;
  /** What has this tag is no longer the response to anything. */
  drop(tag: string): void;
  /** The body in an encoding; a promise only for the first who asks, and for those who ask meanwhile. */
  encode(tag: string, body: string | Uint8Array, encoding: Encoding): Uint8Array | Promise<Uint8Array>;
}

const OVERHEAD_BYTES = 100; // Of an entry of the cache, beside its bytes.

/** Each body is compressed once for each encoding and then held; the least used go first beyond `maxBytes`. */
export function createResponseBodies(maxBytes: number): ResponseBodies {
  const held = new LRUCache<string, Uint8Array>({
    maxSize: maxBytes,
    sizeCalculation: (bytes) => bytes.byteLength + OVERHEAD_BYTES,
  });
  const underWay = new Map<string, Promise<Uint8Array>>();
  return {
    get: (tag) => held.get(tag),
    keep: (tag, body) => void held.set(tag, body),
    drop(tag) {
      held.delete(tag);
      for (const encoding of ENCODINGS) held.delete(encoding + tag);
    },
    encode(tag, body, encoding) {
      const key = encoding + tag;
      const found = held.get(key) ?? underWay.get(key);
      if (found !== undefined) return found;
      const work = compress(body, encoding).then((bytes) => {
        held.set(key, bytes);
        return bytes;
      });
      underWay.set(key, work);
      const forget = () => void underWay.delete(key);
      work.then(forget, forget);
      return work;
    },
  };
}

function compress(body: string | Uint8Array, encoding: Encoding): Promise<Buffer> {
  switch (encoding) {
    case 'br':
      return brotli(body, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        },
      });
    case 'gzip':
      return deflate(body, { level: GZIP_LEVEL });
    case 'zstd':
      return zstandard(body, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } });
  }
}

type Serializer = ReturnType<ReturnType<SerializerFactory>>;

/** For a library that a process does not need before it writes JSON. */
const load = createRequire(import.meta.url);

/**
 * Serializers of responses. One is compiled by the first response that has its schema, for all routes and statuses that
 * share it: a process declares hundreds, of which those for problem documents write nothing, and uses few.
 */
export const buildSerializer: SerializerFactory = (schemas, options) => {
  let compile: ReturnType<SerializerFactory> | undefined;
  const known = new WeakMap<object, Serializer>();
  return (part) => {
    const found = known.get(part.schema as object);
    if (found !== undefined) return found;
    let compiled: Serializer | undefined;
    const serialize = (value: unknown) => {
      if (compiled === undefined) {
        const { SerializerSelector } = load(
          '@fastify/fast-json-stringify-compiler',
        ) as typeof import('@fastify/fast-json-stringify-compiler');
        compile ??= SerializerSelector()(schemas, options);
        compiled = compile(part);
      }
      return compiled(value);
    };
    known.set(part.schema as object, serialize);
    return serialize;
  };
};
