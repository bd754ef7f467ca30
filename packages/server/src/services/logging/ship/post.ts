import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Answer, NoAnswer, Post } from './protocols/protocol.ts';
import type { ShipTarget } from './targets.ts';

const compress = promisify(gzip);

/** What of an answer is read: a receiver of OTLP may answer with so much. */
const MAX_ANSWER_BYTES = 4_194_304;
const MAX_RETRY_AFTER_MS = 600_000; // A target that asks for hours is asked again all the same: its clock may be wrong.

export interface PostParts {
  readonly target: Pick<ShipTarget, 'url' | 'headers'>;
  readonly timeoutMs: number;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Sends compressed requests to one target, one connection kept alive; a redirect is an answer like any other. */
export function createPost({ target, timeoutMs, signal, now }: PostParts): Post {
  return async ({ path, contentType, body, headers }): Promise<Answer | NoAnswer> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(`${target.url}${path}`, {
        method: 'POST',
        headers: {
          ...{ 'content-type': contentType, 'content-encoding': 'gzip', 'user-agent': 'deltastream' },
          ...headers,
          ...target.headers,
        },
        body: new Uint8Array(await compress(body)),
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
      });
      const text = await bounded(response);
      if (text === null) return { status: null, reason: 'answer_too_long' };
      const retryAfterMs = retryAfter(response.headers.get('retry-after'), now());
      return { status: response.status, body: text, retryAfterMs };
    } catch (error) {
      if (signal.aborted) throw error;
      return { status: null, reason: timeout.aborted ? 'timeout' : 'connection' };
    }
  };
}

/** Null for one that is too long. */
async function bounded({ body }: Response): Promise<string | null> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > MAX_ANSWER_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** Seconds or a date; null for neither. */
function retryAfter(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}
