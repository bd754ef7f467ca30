import { isObject, type Json } from '@deltastream/recordings/cells';
import { textLines } from '@deltastream/recordings/text-lines';
import { type HttpRequest, responseBytes, responseJson } from '../../connection/requests/http-request.ts';
import type { InstrumentList } from '../../instrument.ts';
import { PollFailure } from '../../venue.ts';
import { withoutKey } from '../api-key.ts';
import { createInstrumentReader } from './instrument-list.ts';

export interface OpenAlgoRest {
  readonly apiKey: string;
  /** Without a slash at its end. */
  readonly url: string;
}

/** The list of the NFO is some 90,000 rows of 110 bytes. */
const MOST_LIST_BYTES = 128 * 1024 ** 2;
/** A leg is some 350 bytes, a chain has some hundred strikes. */
const MOST_CHAIN_BYTES = 8 * 1024 ** 2;
/** Requests are counted by the second, and no header says so. */
const AFTER_TOO_MANY_MS = 1000;
/** OpenAlgo takes no more; without a number it gives all strikes. */
export const MOST_STRIKES_A_SIDE = 100;

/**
 * What is listed today of these products: one request for each segment that they need. Rejects with a reason for the log where
 * a segment cannot be had completely: a part of a list would end the contracts that it lacks.
 */
export async function fetchInstruments(
  rest: OpenAlgoRest,
  products: readonly string[],
  signal: AbortSignal,
): Promise<InstrumentList> {
  const reader = createInstrumentReader(products, Date.now());
  for (const segment of reader.segments) {
    const what = `the instrument list of ${segment} of OpenAlgo`;
    const query = new URLSearchParams({ apikey: rest.apiKey, exchange: segment, format: 'csv' });
    const url = `${rest.url}/api/v1/instruments?${query}`;
    await keptSecret(rest, () =>
      readLines(
        what,
        responseBytes({ ...requestOf(what, url), maxBytes: MOST_LIST_BYTES }, signal),
        (header) => reader.table(segment, header),
      ),
    );
  }
  return reader.done();
}

/** @param table takes the first line and returns what takes the others */
async function readLines(
  what: string,
  bytes: AsyncGenerator<Uint8Array>,
  table: (header: string) => (line: string) => void,
): Promise<void> {
  // Before lines are made of it: what it is refused with is not a line that broke off.
  const first = await bytes.next();
  async function* all() {
    if (!first.done) yield first.value;
    yield* bytes;
  }
  let row: ((line: string) => void) | null = null;
  for await (const item of textLines(all())) {
    if (item.kind === 'broken_off')
      throw new PollFailure(`${what} broke off in line ${item.line}: ${item.reason}`);
    for (const line of item.lines) {
      if (row) row(line);
      else row = table(line);
    }
  }
  if (!row) throw new PollFailure(`${what} is empty`);
}

/** What a chain is asked for: an underlying as OpenAlgo names it, and how many strikes around the money are needed. */
export interface ChainAsked {
  readonly underlying: string;
  readonly exchange: string;
  /** `01DEC26`. */
  readonly expiry: string;
  readonly strikes: number;
}

/** The option chain of an expiry, as it comes: `underlying_ltp`, `chain` and others. */
export async function fetchChain(
  rest: OpenAlgoRest,
  { underlying, exchange, expiry, strikes }: ChainAsked,
  signal: AbortSignal,
): Promise<Json> {
  const what = `the option chain of ${underlying} ${expiry} of OpenAlgo`;
  const body = {
    ...{ apikey: rest.apiKey, underlying, exchange, expiry_date: expiry },
    ...(strikes <= MOST_STRIKES_A_SIDE && { strike_count: strikes }),
  };
  const request: HttpRequest = {
    ...requestOf(what, `${rest.url}/api/v1/optionchain`),
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    maxBytes: MOST_CHAIN_BYTES,
  };
  const answer = await keptSecret(rest, () => responseJson(request, signal));
  if (answer.status === 'success' && Array.isArray(answer.chain)) return answer;
  const said = isObject(answer) && typeof answer.message === 'string' ? `: ${answer.message}` : '';
  throw new PollFailure(withoutKey(`${what} has no chain${said}`, rest.apiKey));
}

const requestOf = (what: string, url: string) => ({
  ...{ what, url, afterTooManyMs: AFTER_TOO_MANY_MS, staysOnServer: true },
});

/** What an answer repeats of a request's body is not known to the code that makes a reason of it. */
async function keptSecret<Result>({ apiKey }: OpenAlgoRest, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error) error.message = withoutKey(error.message, apiKey);
    throw error;
  }
}
