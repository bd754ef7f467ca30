import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { isObject } from '@deltastream/recordings/cells';
import { indianExchange } from '../connection/listings/indian-listings.ts';
import { type AccessToken, currentToken } from '../connection/requests/access-token.ts';
import { type HttpRequest, responseBytes, responseJson } from '../connection/requests/http-request.ts';
import type { InstrumentList } from '../instrument.ts';
import { PollFailure } from '../venue.ts';
import type { WireAddress } from '../wire-protocol.ts';
import { createInstrumentReader } from './list/instrument-list.ts';
import { jsonObjects } from './list/json-objects.ts';

export interface UpstoxRest {
  readonly accessToken: AccessToken;
  /** Without a slash at their ends. */
  readonly apiUrl: string;
  readonly listUrl: string;
}

/** The list of the NSE is some 60 MB of JSON, packed 3 MB. */
const MOST_LIST_BYTES = 256 * 1024 ** 2;
/** An authorization is some 300 bytes. */
const MOST_ANSWER_BYTES = 65_536;
/** 50 requests a second are allowed, 500 a minute: after a 429 the minute is used up, and no header says so. */
const AFTER_TOO_MANY_MS = 60_000;
const LIMITS = { afterTooManyMs: AFTER_TOO_MANY_MS } as const;

/**
 * The lists of today of these products, one for each exchange that they need. They are public. Rejects with a reason for the
 * log where one cannot be had completely: a part of a list would end the contracts that it lacks.
 */
export async function fetchInstruments(
  { listUrl }: UpstoxRest,
  products: readonly string[],
  signal: AbortSignal,
): Promise<InstrumentList> {
  const reader = createInstrumentReader(products, Date.now());
  for (const exchange of new Set(products.map((product) => indianExchange(product, 'Upstox')))) {
    const what = `the instrument list of ${exchange} of Upstox`;
    const url = `${listUrl}/${exchange}.json.gz`;
    const bytes = responseBytes({ what, url, maxBytes: MOST_LIST_BYTES, ...LIMITS }, signal);
    try {
      for await (const rows of jsonObjects(bounded(unpacked(bytes)))) {
        for (const row of rows) reader.row(exchange, row);
      }
    } catch (error) {
      if (error instanceof PollFailure || signal.aborted) throw error;
      throw new PollFailure(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return reader.done();
}

/** The address of a new connection: it is good for one, and for a short time. */
export async function authorize(rest: UpstoxRest, signal: AbortSignal): Promise<WireAddress> {
  const request: HttpRequest = {
    what: 'the authorization of the feed of Upstox',
    url: `${rest.apiUrl}/v3/feed/market-data-feed/authorize`,
    headers: {
      Accept: 'application/json',
      Authorization: `Bearer ${await currentToken(rest.accessToken, 'Upstox')}`,
    },
    maxBytes: MOST_ANSWER_BYTES,
    ...LIMITS,
  };
  const { data } = await responseJson(request, signal);
  const uri = isObject(data) ? (data.authorized_redirect_uri ?? data.authorizedRedirectUri) : undefined;
  const { protocol } = URL.parse(typeof uri === 'string' ? uri : '') ?? {};
  // Without TLS only where the API is asked without it.
  const isSocket = protocol === 'wss:' || (protocol === 'ws:' && rest.apiUrl.startsWith('http:'));
  if (typeof uri !== 'string' || !isSocket) throw new PollFailure(`${request.what} names no address wss://`);
  return { url: uri };
}

/** First byte of packed bytes, which no JSON begins with. */
const GZIP = 0x1f;

/** Files are packed; whether the server also says so, and fetch has unpacked them, their first bytes tell. */
async function* unpacked(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await chunks.next();
  if (first.done) return;
  async function* all() {
    yield first.value as Uint8Array;
    yield* chunks;
  }
  if (first.value[0] !== GZIP) return yield* all();
  const gunzip = createGunzip();
  // What goes wrong before it is thrown by the iteration of it.
  pipeline(Readable.from(all()), gunzip).catch(() => {});
  yield* gunzip;
}

async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MOST_LIST_BYTES) throw new PollFailure(`more than ${MOST_LIST_BYTES} bytes unpacked`);
    yield chunk;
  }
}
