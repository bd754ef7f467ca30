/** A compact JWS (RFC 7515) taken apart and not yet believed. */
export interface ParsedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  readonly signed: string;
  readonly signature: Buffer;
}

const MAX_TOKEN_LENGTH = 4096; // As in the contract of token checks; ours are far shorter.
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/**
 * Takes a token apart. There is one spelling of each token: base64url without padding and without stray
 * bits, three parts, objects in the first two. Throws a TypeError for anything else.
 */
export function parseToken(token: string): ParsedToken {
  if (token.length > MAX_TOKEN_LENGTH) throw new TypeError(`it is longer than ${MAX_TOKEN_LENGTH}`);
  const parts = COMPACT.exec(token);
  if (parts === null) throw new TypeError('it does not have three parts of base64url');
  const [, head, body, signature] = parts;
  return {
    header: objectOf(head),
    claims: objectOf(body),
    signed: token.slice(0, head.length + 1 + body.length),
    signature: bytesOf(signature),
  };
}

function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new TypeError('a part is not canonical base64url');
  return bytes;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function objectOf(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(decoder.decode(bytesOf(text)));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('a part is not an object');
  }
  return value as Record<string, unknown>;
}
