import { textLines } from '@deltastream/recordings/text-lines';
import { responseBytes } from '../connection/requests/http-request.ts';
import { CredentialsRefused, PollFailure } from '../venue.ts';
import { accessTokenNow, type KiteCredentials } from './credentials.ts';
import { createInstrumentReader, type KiteInstruments, segmentsOf } from './instruments.ts';

/** The complete list of all segments has 10 MB. */
const LONGEST_LIST_BYTES = 64 * 1024 ** 2;
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
    const { bytes, failure } = watched(await segmentBytes(rest, segment, signal));
    let row: ((line: string) => void) | null = null;
    for await (const item of textLines(bytes)) {
      // What textLines says of a failure is its words alone.
      if (item.kind === 'broken_off') throw failure() ?? new PollFailure(item.reason);
      for (const line of item.lines) {
        if (row) row(line);
        else row = reader.segment(segment, line);
      }
    }
    if (!row) throw new PollFailure(`the instrument list of ${segment} is empty`);
  }
  return reader.done();
}

async function segmentBytes(
  rest: KiteRest,
  segment: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const request = {
    what: `the instrument list of ${segment}`,
    url: `${rest.restUrl}/instruments/${segment}`,
    headers: { 'X-Kite-Version': '3', Authorization: `token ${rest.apiKey}:${await accessTokenNow(rest)}` },
    maxBytes: LONGEST_LIST_BYTES,
    afterTooManyMs: AFTER_TOO_MANY_MS,
  };
  return responseBytes(request, signal);
}

/** The same bytes, and with what they broke off. */
function watched(body: AsyncIterable<Uint8Array>): {
  readonly bytes: AsyncIterable<Uint8Array>;
  failure(): Error | null;
} {
  let failed: Error | null = null;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      failed =
        error instanceof CredentialsRefused
          ? new CredentialsRefused(`${error.message}; log in again and replace the access token`)
          : (error as Error);
      throw error;
    }
  }
  return { bytes: bytes(), failure: () => failed };
}
