import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import type { onSendHookHandler } from 'fastify';
import { LRUCache } from 'lru-cache';
import {
  encodedTag,
  entityTag,
  isValidatable,
  notModified,
  tagMatches,
} from '../../../kit/responses/entity-tag.ts';

export interface RepresentationParts {
  readonly choose: (accepted: string | undefined, bytes: number) => Encoding | null;
  readonly bodies: EncodedBodies;
  /** For answers that say nothing themselves. */
  readonly cacheControl: string;
}

/**
 * Gives an answer that is held in memory its tag and its encoding, or leaves it out where the caller has
 * it already. What is no whole 200, or may not be kept, passes as it is.
 */
export function createRepresentation({
  choose,
  bodies,
  cacheControl,
}: RepresentationParts): onSendHookHandler<unknown> {
  return (request, reply, body, done) => {
    if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', cacheControl);
    if (!isValidatable(request, reply, body)) return done(null, body);
    const { headers } = request;
    const given = reply.getHeader('etag');
    const tag = typeof given === 'string' ? given : entityTag(body);
    reply.header('vary', withVary(reply.getHeader('vary')));
    const encoding = choose(headers['accept-encoding'], body.length);
    reply.header('etag', encoding === null ? tag : encodedTag(tag, encoding));
    if (tagMatches(headers['if-none-match'], tag)) {
      notModified(reply);
      return done(null, null);
    }
    if (encoding === null) return done(null, body);
    reply.header('content-encoding', encoding).removeHeader('content-length');
    const encoded = bodies.encode(tag, body, encoding);
    if (encoded instanceof Promise) encoded.then((bytes) => done(null, bytes), done);
    else done(null, encoded);
  };
}

const ENCODING = 'accept-encoding';

function withVary(held: unknown): string {
  if (held === undefined) return ENCODING;
  const names = String(held).toLowerCase();
  return names === '*' || names.includes(ENCODING) ? String(held) : `${held}, ${ENCODING}`;
}

const ENCODINGS = ['br', 'zstd', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Below it the headers weigh more than what is saved. */
export const MIN_BYTES = 1_024;
const MAX_CACHED_BYTES = 32 * 1024 * 1024;
const MAX_HEADERS = 1_000;
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

export interface EncodedBodies {
  /** The body in an encoding; a promise only for the first who asks, and for those who ask meanwhile. */
  encode(tag: string, body: string | Uint8Array, encoding: Encoding): Buffer | Promise<Buffer>;
}

/** Each body is compressed once for each encoding and then held by its tag; the least used go first. */
export function createEncodedBodies(maxBytes = MAX_CACHED_BYTES): EncodedBodies {
  const held = new LRUCache<string, Buffer>({
    maxSize: maxBytes,
    sizeCalculation: (bytes) => bytes.byteLength + 100,
  });
  const underWay = new Map<string, Promise<Buffer>>();
  return {
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
