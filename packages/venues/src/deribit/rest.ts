import { setTimeout as pause } from 'node:timers/promises';
import { isObject, type Json } from '@deltastream/recordings/cells';
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
      const address = `${options.url}/api/v2/public/${method}?${new URLSearchParams(params)}`;
      const response = await fetch(address, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
      });
      const text = await boundedText(response, options.maxBytes, method);
      const envelope = envelopeOf(text);
      const error = envelope && errorOf(envelope);
      if (error) {
        throw new PollFailure(
          `${method}: ${errorText(error)}`,
          isNotNow(error) ? PAUSE_AFTER_TOO_MANY_MS : undefined,
        );
      }
      if (!response.ok || envelope?.result === undefined) {
        const tooMany = response.status === 429;
        throw new PollFailure(
          `${method}: Deribit responded with HTTP ${response.status} and no result`,
          tooMany ? PAUSE_AFTER_TOO_MANY_MS : undefined,
        );
      }
      return envelope.result;
    },
  };
}

function envelopeOf(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

async function boundedText(response: Response, maxBytes: number, method: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    // Leaving the loop cancels the body.
    if (bytes > maxBytes) throw new PollFailure(`${method}: the response is larger than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
