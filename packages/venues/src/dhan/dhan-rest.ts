import { isObject, type Json } from '@deltastream/recordings/cells';
import { textLines } from '@deltastream/recordings/text-lines';
import { indianExchange } from '../connection/listings/indian-listings.ts';
import { type AccessToken, currentToken } from '../connection/requests/access-token.ts';
import { responseBytes, responseJson } from '../connection/requests/http-request.ts';
import type { InstrumentList } from '../instrument.ts';
import { PollFailure } from '../venue.ts';
import type { Segment } from './instrument-id.ts';
import { createInstrumentReader, type InstrumentReader } from './instrument-list.ts';

export interface DhanRest {
  readonly clientId: string;
  readonly accessToken: AccessToken;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** Address of the scrip master. */
  readonly listUrl: string;
}

/** The scrip master is some 40 MB. */
const MOST_LIST_BYTES = 256 * 1024 ** 2;
/** A chain of 200 strikes is some 150 KB. */
const MOST_CHAIN_BYTES = 8 * 1024 ** 2;
/** Between two requests for option chains, ms: what the venue allows. */
export const CHAIN_INTERVAL_MS = 3000;

/**
 * The list of today of these products. It is public. Rejects with a reason for the log where it cannot be had completely: a
 * part of a list would end the contracts that it lacks.
 */
export async function fetchInstruments(
  { listUrl }: DhanRest,
  products: readonly string[],
  signal: AbortSignal,
): Promise<InstrumentList> {
  for (const product of products) indianExchange(product, 'Dhan');
  const asOf = Date.now();
  const what = 'the scrip master of Dhan';
  const request = { what, url: listUrl, maxBytes: MOST_LIST_BYTES, afterTooManyMs: CHAIN_INTERVAL_MS };
  let reader: InstrumentReader | null = null;
  const bytes = responseBytes(request, signal);
  // Before lines are made of it: what it is refused with is not a line that broke off.
  const first = await bytes.next();
  async function* all() {
    if (!first.done) yield first.value;
    yield* bytes;
  }
  for await (const item of textLines(all())) {
    if (item.kind === 'broken_off') {
      throw new PollFailure(`${what} broke off in line ${item.line}: ${item.reason}`);
    }
    for (const line of item.lines) {
      if (reader) reader.row(line);
      else reader = createInstrumentReader(line, products, asOf);
    }
  }
  if (!reader) throw new PollFailure(`${what} is empty`);
  return reader.done();
}

/** The option chain of an expiry, as `data` of the response has it: `last_price` and `oc`. */
export async function fetchChain(
  rest: DhanRest,
  underlying: { readonly segment: Segment; readonly security: number },
  expiry: string,
  signal: AbortSignal,
): Promise<Json> {
  const what = 'the option chain of Dhan';
  const body = { UnderlyingScrip: underlying.security, UnderlyingSeg: underlying.segment, Expiry: expiry };
  const { data } = await responseJson(
    {
      what,
      url: `${rest.apiUrl}/optionchain`,
      method: 'POST',
      headers: {
        'access-token': await currentToken(rest.accessToken, 'Dhan'),
        'client-id': rest.clientId,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(body),
      maxBytes: MOST_CHAIN_BYTES,
      afterTooManyMs: CHAIN_INTERVAL_MS,
    },
    signal,
  );
  if (isObject(data)) return data;
  throw new PollFailure(`${what} has no data for ${underlying.segment} ${underlying.security} ${expiry}`);
}
