import { BadCell } from '@deltastream/recordings/cells';
import { PollFailure } from '../venue.ts';
import { type CboePage, createPageReader } from './page.ts';

export interface PageClientOptions {
  /** Such as `https://cdn.cboe.com`. */
  readonly url: string;
  readonly userAgent: string;
  /** Longest time for one page, ms. */
  readonly timeoutMs: number;
  /** Largest page in bytes, unpacked. */
  readonly maxBytes: number;
  /** Least time between two requests for a page, ms. */
  intervalMs(symbol: string): number;
  /** After a refusal a page is not asked for again for so long, ms, doubled each time up to the last. */
  readonly firstPauseMs: number;
  readonly lastPauseMs: number;
  /** At least 0, below 1. */
  readonly random: () => number;
}

/** The pages as they were read last, asked for no more often than is polite. */
export interface PageClient {
  /** The last one read; null before. */
  page(symbol: string): CboePage | null;
  /** True when it may be asked for again. */
  isDue(symbol: string): boolean;
  /** Asks for a page. Rejects with a PollFailure; it is then not due for a while. */
  read(symbol: string, signal: AbortSignal): Promise<void>;
  /** Why the last request failed; null when it did not. */
  failure(symbol: string): unknown;
}

/** The venue has no page of that name, which it says in two ways. */
export class UnknownSymbol extends PollFailure {
  constructor(symbol: string, status: number) {
    super(`Cboe has no page of ${symbol} (HTTP ${status})`);
    this.name = 'UnknownSymbol';
  }
}

interface State {
  page: CboePage | null;
  etag: string | null;
  lastModified: string | null;
  /** Monotonic ms. */
  dueAt: number;
  failures: number;
  lastFailure: unknown;
}

export function createPageClient(options: PageClientOptions): PageClient {
  const states = new Map<string, State>();

  function stateOf(symbol: string): State {
    const known = states.get(symbol);
    if (known) return known;
    const state: State = {
      page: null,
      etag: null,
      lastModified: null,
      dueAt: 0,
      failures: 0,
      lastFailure: null,
    };
    states.set(symbol, state);
    return state;
  }

  function request(
    symbol: string,
    { etag, lastModified, page }: State,
    signal: AbortSignal,
  ): Promise<Response> {
    const headers: Record<string, string> = { 'user-agent': options.userAgent, accept: 'application/json' };
    if (page && etag) headers['if-none-match'] = etag;
    if (page && lastModified) headers['if-modified-since'] = lastModified;
    const path = `/api/global/delayed_quotes/options/${encodeURIComponent(symbol)}.json`;
    return fetch(`${options.url}${path}`, {
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
    });
  }

  async function load(symbol: string, state: State, signal: AbortSignal): Promise<void> {
    const response = await request(symbol, state, signal);
    const { status } = response;
    if (status === 304) return;
    if (status !== 200) {
      await response.body?.cancel();
      if ((status === 403 || status === 404) && state.page === null) throw new UnknownSymbol(symbol, status);
      throw new PollFailure(`Cboe responded with HTTP ${status} to the request for ${symbol}`);
    }
    state.page = await pageOf(response, symbol, options.maxBytes);
    state.etag = response.headers.get('etag');
    state.lastModified = response.headers.get('last-modified');
  }

  return {
    page: (symbol) => states.get(symbol)?.page ?? null,
    failure: (symbol) => states.get(symbol)?.lastFailure ?? null,
    isDue: (symbol) => (states.get(symbol)?.dueAt ?? 0) <= performance.now(),
    read: async (symbol, signal) => {
      const state = stateOf(symbol);
      state.dueAt = performance.now() + options.intervalMs(symbol);
      try {
        await load(symbol, state, signal);
        state.failures = 0;
        state.lastFailure = null;
      } catch (error) {
        const most = Math.min(options.firstPauseMs * 2 ** state.failures, options.lastPauseMs);
        const pauseMs = most * (1 + options.random() / 2);
        state.failures += 1;
        state.lastFailure = error;
        state.dueAt = performance.now() + Math.max(pauseMs, options.intervalMs(symbol));
        throw error;
      }
    },
  };
}

/** Reads a page as it comes. Rejects with a PollFailure for one that is too large, cut off or none. */
async function pageOf(response: Response, symbol: string, maxBytes: number): Promise<CboePage> {
  const reader = createPageReader();
  const decoder = new TextDecoder();
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      // Leaving the loop cancels the body.
      if (bytes > maxBytes) throw new PollFailure(`the page of ${symbol} is larger than ${maxBytes} bytes`);
      reader.push(decoder.decode(chunk, { stream: true }));
    }
    reader.push(decoder.decode());
    return reader.end();
  } catch (error) {
    if (!(error instanceof BadCell)) throw error;
    throw new PollFailure(`the page of ${symbol} cannot be read: ${error.message}`);
  }
}
