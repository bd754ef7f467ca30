import type { onSendHookHandler } from 'fastify';
import {
  encodedTag,
  entityTag,
  isValidatable,
  notModified,
  tagMatches,
} from '../../../kit/responses/entity-tag.ts';
import type { EncodedBodies, Encoding } from './content-encoding.ts';

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
