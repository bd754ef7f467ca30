import { DeltaStreamError, reasonOf } from '../kit/errors.ts';

const ANSWERED_WITHIN_MS = 30_000; // As long as the slowest route of a platform may take.

/** Asks a running platform over REST. */
export interface PlatformClient {
  /** The JSON of the response; null when it is the problem `no_data`. Rejects with `unavailable` naming address and reason. */
  get<T>(path: string): Promise<T | null>;
  /** The body as text. Rejects likewise. */
  text(path: string): Promise<string>;
  /** Rejects likewise. */
  post<T>(path: string, body: object): Promise<T>;
}

export function createPlatformClient(server: string, token: string | undefined): PlatformClient {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(new URL(path, server), {
        ...init,
        headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
      });
    } catch (cause) {
      throw new DeltaStreamError('unavailable', `${server} did not answer: ${reasonOf(cause)}`, { cause });
    }
  };
  const ask = async <T>(path: string, init: RequestInit): Promise<T | null> => {
    const response = await send(path, init);
    if (response.ok) return (await response.json()) as T;
    const { code, detail } = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
    if (code === 'no_data') return null;
    throw new DeltaStreamError('unavailable', `${server}${path}: ${response.status} ${detail ?? ''}`);
  };
  return {
    get: (path) => ask(path, {}),
    async text(path) {
      const response = await send(path, {});
      if (response.ok) return response.text();
      throw new DeltaStreamError('unavailable', `${server}${path}: ${response.status}`);
    },
    async post<T>(path: string, body: object) {
      const headers = { 'content-type': 'application/json' };
      const found = await ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (found !== null) return found;
      throw new DeltaStreamError('unavailable', `${server}${path}: there is no data`);
    },
  };
}
