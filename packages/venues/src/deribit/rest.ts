import { setTimeout as pause } from 'node:timers/promises';
import { responseJson } from '../connection/http-request.ts';
import { PollFailure } from '../venue.ts';
import { errorOf, errorText, isNotNow, PAUSE_AFTER_TOO_MANY_MS } from './json-rpc.ts';

export interface DeribitRestOptions {
  /** Such as `https://www.deribit.com`. */
  readonly url: string;
  /** Longest time for one request, ms. */
  readonly timeoutMs: number;
  /** Largest response in bytes. */
  readonly maxBytes: number;
  /** Least time between two calls of `get_instruments`, ms: the venue allows one a second. */
  readonly instrumentsIntervalMs: number;
}

/** Public methods over HTTP. */
export interface DeribitRest {
  /** The `result` of a method. Rejects with a PollFailure that says what the venue said instead. */
  call(method: string, params: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown>;
}

export function createDeribitRest(options: DeribitRestOptions): DeribitRest {
  let instrumentsAt = Number.NEGATIVE_INFINITY;

  /** Waits for the turn of a call of `get_instruments`; turns are given in the order of the calls. */
  async function instrumentsTurn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    instrumentsAt = Math.max(now, instrumentsAt + options.instrumentsIntervalMs);
    if (instrumentsAt > now) await pause(instrumentsAt - now, undefined, { signal });
  }

  return {
    call: async (method, params, signal) => {
      if (method === 'get_instruments') await instrumentsTurn(signal);
      const envelope = await responseJson(
        {
          what: method,
          url: `${options.url}/api/v2/public/${method}?${new URLSearchParams(params)}`,
          maxBytes: options.maxBytes,
          afterTooManyMs: PAUSE_AFTER_TOO_MANY_MS,
        },
        AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
      );
      const error = errorOf(envelope);
      if (error) {
        throw new PollFailure(
          `${method}: ${errorText(error)}`,
          isNotNow(error) ? PAUSE_AFTER_TOO_MANY_MS : undefined,
        );
      }
      if (envelope.result === undefined) throw new PollFailure(`${method}: the response has no result`);
      return envelope.result;
    },
  };
}
