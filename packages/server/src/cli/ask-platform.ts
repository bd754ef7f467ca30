import { ERRORS, type ErrorCode } from '@deltastream/contracts/errors';
import { DeltaStreamError, reasonOf } from '../kit/errors.ts';

const ANSWERED_WITHIN_MS = 30_000; // As long as the slowest route of a platform may take.

/** Asks a running platform over REST. */
export interface PlatformClient {
  /** The JSON of the response; null when it is the problem `no_data`. Rejects with what the platform says, or `unavailable`, naming address and reason. */
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
    const refusal = await refusalOf(response, `${server}${path}`);
    if (refusal.code === 'no_data') return null;
    throw refusal;
  };
  return {
    get: (path) => ask(path, {}),
    async text(path) {
      const response = await send(path, {});
      if (response.ok) return response.text();
      throw await refusalOf(response, `${server}${path}`);
    },
    async post<T>(path: string, body: object) {
      const headers = { 'content-type': 'application/json' };
      const found = await ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (found !== null) return found;
      throw new DeltaStreamError('unavailable', `${server}${path}: there is no data`);
    },
  };
}

/** There is no command that logs in: a token comes from the API, or a page of the dashboard makes a key. */
const TOKEN_REMEDY =
  'Give an access token of POST /api/auth/login, or an API key of the page /account, by --token or DELTASTREAM_TOKEN.';

/** What a response that is none says, with what to do on a command line: its problem, or `unavailable` for another body. */
export async function refusalOf(response: Response, address: string): Promise<DeltaStreamError> {
  const { code, detail, remedy } = (await response.json().catch(() => ({}))) as {
    readonly code?: string;
    readonly detail?: string;
    readonly remedy?: string;
  };
  const known = code !== undefined && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'unavailable';
  const message = [`${address}: ${response.status}`, detail].filter((part) => part !== undefined).join(' ');
  return new DeltaStreamError(known, message, { remedy: response.status === 401 ? TOKEN_REMEDY : remedy });
}
