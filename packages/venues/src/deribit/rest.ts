import { setTimeout as pause } from 'node:timers/promises';
import { responseJson } from '../connection/requests/http-request.ts';
import { PollFailure } from '../venue.ts';
import { errorOf, errorText, isNotNow, PAUSE_AFTER_TOO_MANY_MS } from './json-rpc.ts';

export interface DeribitRestOptions {
  /** Such as `https://www.deribit.com`. */
  readonly url: string;
  /** Longest time for one request, ms. */
  readonly timeoutMs: number;
  /** Largest response in bytes. */
  readonly maxBytes: number;
  /** Least time from a response of `get_instruments` to the next call, ms: the venue allows one a second. */
  readonly instrumentsIntervalMs: number;
}

/** Public methods over HTTP. */
export interface DeribitRest {
  /** The `result` of a method. Rejects with a PollFailure that says what the venue said instead. */
  call(method: string, params: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown>;
}

export function createDeribitRest(options: DeribitRestOptions): DeribitRest {
  let turn = Promise.resolve();
  let instrumentsEndedAt = Number.NEGATIVE_INFINITY;

  /**
   * Calls of `get_instruments` one after the other. The venue counts from when a request comes, which is known to be past
   * when its response is here: counted from when it was sent, one that was faster on its way would come too soon.
   */
  async function inTurn<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    const before = turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    turn = promise;
    try {
      await before;
      const waitMs = instrumentsEndedAt + options.instrumentsIntervalMs - performance.now();
      // A timer may end a part of a millisecond early.
      if (waitMs > 0) await pause(Math.ceil(waitMs) + 1, undefined, { signal });
      return await request();
    } finally {
      instrumentsEndedAt = performance.now();
      resolve();
    }
  }

  async function request(
    method: string,
    params: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<unknown> {
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
  }

  return {
    call: (method, params, signal) =>
      method === 'get_instruments'
        ? inTurn(signal, () => request(method, params, signal))
        : request(method, params, signal),
  };
}
