import { CredentialsRefused, PollFailure } from '../../venue.ts';
import type { WireAddress } from '../../wire-protocol.ts';
import type { SocketEnding } from '../ports.ts';
import { withoutCredentials, withoutQueries } from './redaction.ts';
import { saidIn } from './said.ts';

/** Longer reasons are cut: they go into logs and metrics of state, and a venue may send a page of HTML. */
const LONGEST_REASON_LENGTH = 300;

/** Where JSON begins in a text; what follows is taken for a part of it. */
const JSON_PART = /(?:\{\s*"|\[\s*[[{"]).*$/s;

/**
 * A reason in one line and of bounded length: the words of an error in place of the JSON that it came as, and neither the
 * credentials of the address nor those of addresses in the text.
 */
export function shortReason(text: string, address?: WireAddress): string {
  const said = text.replace(JSON_PART, (json) => saidIn(json) || '(JSON without words)');
  const clean = withoutQueries(address ? withoutCredentials(said, address) : said);
  const line = clean.replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_REASON_LENGTH ? line : `${line.slice(0, LONGEST_REASON_LENGTH)}...`;
}

/** What an error of a connector says of the next try. Its causes count, as fetch hides the reason there. */
export function endingOf(error: unknown, address?: WireAddress): SocketEnding {
  const causes: string[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 4; cause = cause.cause)
    causes.push(cause.message);
  const reason = shortReason(causes.length === 0 ? String(error) : causes.join(': '), address);
  if (error instanceof CredentialsRefused) return { reason, credentials: true };
  return error instanceof PollFailure && error.retryAfterMs !== undefined
    ? { reason, retryAfterMs: error.retryAfterMs }
    : { reason };
}

/** Ms that a `Retry-After` header asks for, in seconds or as a date; undefined without a valid one. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined || header.trim() === '') return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
