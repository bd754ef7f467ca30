import { STATUS_CODES } from 'node:http';
import { isObject, type Json } from '@deltastream/recordings/cells';
import { CredentialsRefused, PollFailure } from '../../venue.ts';
import { retryAfterMs, shortReason } from '../failures/failure.ts';
import { saidIn } from '../failures/said.ts';

/** Enough of an error to tell its cause; a proxy may send a page of HTML. */
const SHOWN_ERROR_BYTES = 4096;
const UNAUTHORIZED: ReadonlySet<number> = new Set([401, 403]);
const TOO_MANY = 429;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Lists are kept on a server of files; further ones than this are a loop. */
const MOST_REDIRECTS = 3;

export interface HttpRequest {
  /** For messages: `the instrument list of NSE`. */
  readonly what: string;
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Its address holds credentials, which a redirect may repeat: none to another server is followed. */
  readonly staysOnServer?: boolean;
  /** Longest response in bytes. */
  readonly maxBytes: number;
  /** To wait after a 429 that does not say for how long, ms. */
  readonly afterTooManyMs: number;
}

/**
 * The body of a successful response, in pieces. Rejects with CredentialsRefused after a 401 or 403, with a PollFailure that
 * says what the venue said instead after another status or where the body is too long. Nothing that was sent is in a message.
 */
export async function* responseBytes(request: HttpRequest, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { what, maxBytes } = request;
  const response = await answered(request, signal);
  if (!response.ok) throw await refusal(request, response);
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    // Leaving the loop cancels the body.
    if (bytes > maxBytes) throw new PollFailure(`${what} is longer than ${maxBytes} bytes`);
    yield chunk;
  }
}

/**
 * The response, after redirects. Headers, which may hold credentials under a name that fetch does not know to be one, go to the
 * server that was asked alone: a request that has a body is not repeated elsewhere at all.
 */
async function answered(request: HttpRequest, signal: AbortSignal): Promise<Response> {
  const { what, url, method = 'GET', headers, body, staysOnServer = body !== undefined } = request;
  let at = new URL(url);
  for (let redirects = 0; ; redirects++) {
    const isOwn = at.origin === new URL(url).origin;
    const response = await fetch(at, {
      ...{ method, body, signal, redirect: 'manual' },
      headers: isOwn ? headers : undefined,
    }).catch((error: Error) => {
      if (signal.aborted) throw error;
      // `fetch failed` says nothing; its cause does.
      const cause = error.cause instanceof Error ? error.cause.message : error.message;
      throw new PollFailure(`${what}: ${shortReason(cause, { url, headers })}`);
    });
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    const next = URL.parse(location, at.href);
    if (redirects === MOST_REDIRECTS) throw new PollFailure(`${what}: more than ${redirects} redirects`);
    // Not from TLS to plain text, where others could read and change what comes.
    if (next === null || (next.protocol !== 'https:' && next.protocol !== at.protocol))
      throw new PollFailure(`${what}: redirected to what is no address of HTTP, or to one without TLS`);
    if (staysOnServer && next.origin !== at.origin)
      throw new PollFailure(`${what}: redirected to another server, where credentials are not sent`);
    at = next;
  }
}

/** The JSON object of a successful response. Rejects as responseBytes, and with a PollFailure where it is none. */
export async function responseJson(request: HttpRequest, signal: AbortSignal): Promise<Json> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of responseBytes(request, signal)) chunks.push(chunk);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    value = null;
  }
  if (isObject(value)) return value;
  throw new PollFailure(`${request.what} is not a JSON object`);
}

async function refusal(
  { what, url, headers, afterTooManyMs }: HttpRequest,
  response: Response,
): Promise<Error> {
  const { status } = response;
  const said = shortReason(saidIn(await beginning(response)) || (STATUS_CODES[status] ?? ''), {
    url,
    headers,
  });
  const message = `${what}: the venue answered ${status}${said && `: ${said}`}`;
  if (UNAUTHORIZED.has(status)) return new CredentialsRefused(message);
  const asked = retryAfterMs(response.headers.get('retry-after'), Date.now());
  return new PollFailure(message, asked ?? (status === TOO_MANY ? afterTooManyMs : undefined));
}

async function beginning(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= SHOWN_ERROR_BYTES) break;
    }
  } catch {
    // What came of it tells as much.
  }
  return Buffer.concat(chunks).toString('utf8', 0, SHOWN_ERROR_BYTES);
}
