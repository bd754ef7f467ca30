import { shown } from '@deltastream/recordings/cells';
import { textLines } from '@deltastream/recordings/text-lines';
import { CredentialsRefused, PollFailure } from '../venue.ts';
import { checkedApiKey, currentAccessToken, type KiteCredentials } from './access-token.ts';
import { createInstrumentReader, type KiteInstruments, segmentsOf } from './instruments.ts';

/** The complete list of all segments has 10 MB. */
const LONGEST_LIST_BYTES = 64 * 1024 ** 2;
/** An error is a few hundred bytes of JSON, or a page of a proxy, whose beginning tells as much. */
const SHOWN_ERROR_BYTES = 4096;
/** Kite allows ten requests a second and names no time with its 429. */
const AFTER_TOO_MANY_MS = 1000;

export interface KiteRest extends KiteCredentials {
  /** Without a slash at its end. */
  readonly restUrl: string;
}

/**
 * The list of today of these products: one request for each segment that they need. Rejects with a reason for the log where
 * a segment cannot be had completely: a part of a list would end the contracts that it lacks.
 */
export async function fetchInstruments(
  rest: KiteRest,
  products: readonly string[],
  signal: AbortSignal,
): Promise<KiteInstruments> {
  const reader = createInstrumentReader(products, Date.now());
  for (const segment of segmentsOf(products)) {
    const body = await get(rest, `/instruments/${segment}`, signal);
    let row: ((line: string) => void) | null = null;
    for await (const item of textLines(bounded(body, segment))) {
      if (item.kind === 'broken_off') {
        throw new PollFailure(
          `the instrument list of ${segment} broke off in line ${item.line}: ${item.reason}`,
        );
      }
      for (const line of item.lines) {
        if (row) row(line);
        else row = reader.segment(segment, line);
      }
    }
    if (!row) throw new PollFailure(`the instrument list of ${segment} is empty`);
  }
  return reader.done();
}

async function get(rest: KiteRest, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const token = await currentAccessToken(rest);
  const response = await fetch(`${rest.restUrl}${path}`, {
    headers: { 'X-Kite-Version': '3', Authorization: `token ${checkedApiKey(rest)}:${token}` },
    signal,
  }).catch((error: Error & { cause?: Error }) => {
    // `fetch failed` says nothing; its cause does.
    throw new PollFailure(`GET ${path} of Kite: ${error.cause?.message || error.message}`);
  });
  const body = response.body ?? new ReadableStream<Uint8Array>({ start: (stream) => stream.close() });
  if (response.ok) return body;
  const said = `GET ${path} of Kite: ${response.status} ${await reasonIn(body)}`;
  if (response.status === 403) {
    throw new CredentialsRefused(`${said}; the access token is not accepted: log in again and replace it`);
  }
  throw new PollFailure(said, response.status === 429 ? AFTER_TOO_MANY_MS : undefined);
}

/** What an error response says, as Kite writes it: `TokenException: Incorrect api_key or access_token.` */
async function reasonIn(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= SHOWN_ERROR_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString('utf8', 0, SHOWN_ERROR_BYTES);
  try {
    const { error_type: type, message } = JSON.parse(text) as { error_type?: unknown; message?: unknown };
    return shown(`${String(type)}: ${String(message)}`);
  } catch {
    return shown(text);
  }
}

async function* bounded(body: AsyncIterable<Uint8Array>, segment: string): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > LONGEST_LIST_BYTES) {
      throw new Error(`the instrument list of ${segment} is longer than ${LONGEST_LIST_BYTES} bytes`);
    }
    yield chunk;
  }
}
