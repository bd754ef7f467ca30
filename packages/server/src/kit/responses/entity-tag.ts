import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify';

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
export const encodedTag = (tag: string, encoding: string): string => `${tag.slice(0, -1)}.${encoding}"`;

const CODING = /\.(?:br|gzip|zstd)"$/;

/**
 * Whether `If-None-Match` names the content of `tag`, in any encoding: a cache that has it in one has the
 * same content. Weak comparison, as the header asks for.
 */
export function tagMatches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header === tag || header === '*') return true;
  return header.split(',').some((each) => each.trim().replace(/^W\//, '').replace(CODING, '"') === tag);
}

/** Whether an answer may be validated by its bytes: a whole one, held in memory, that may be kept at all. */
export function isValidatable(
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): body is string | Uint8Array {
  return (
    reply.statusCode === 200 &&
    (typeof body === 'string' || body instanceof Uint8Array) &&
    (request.method === 'GET' || request.method === 'HEAD') &&
    reply.getHeader('cache-control') !== 'no-store'
  );
}

/** Turns an answer into 304 (RFC 9110, 15.4.5). */
export function notModified(reply: FastifyReply): void {
  reply.code(304).removeHeader('content-type');
  reply.removeHeader('content-length');
}

/** Answers of a service alone: 304 to who has the bytes already. */
export const answerConditionally: onSendHookHandler<unknown> = (request, reply, body, done) => {
  if (!isValidatable(request, reply, body)) return done(null, body);
  const tag = entityTag(body);
  reply.header('etag', tag);
  if (!tagMatches(request.headers['if-none-match'], tag)) return done(null, body);
  notModified(reply);
  done(null, null);
};
