import { isObject, type Json } from '@deltastream/recordings/cells';
import { plainWords } from '../connection/failures/said.ts';

/** An error as the venue says it. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
}

/** Too many requests: the venue closes the session with it. */
export const TOO_MANY_REQUESTS = 10028;
/** The venue asks for so long a pause after it: its pool of requests is empty. */
export const PAUSE_AFTER_TOO_MANY_MS = 10_000;

/** Codes that mean "not now": the same request is right a while later (a settlement, a full queue, maintenance). */
const RETRY_CODES: ReadonlySet<number> = new Set([
  10028, 10040, 10041, 10047, 10066, 11051, 11094, 13028, 13888,
]);

export const isNotNow = ({ code }: RpcError): boolean => RETRY_CODES.has(code);

/** The error of a response; null when it has none. */
export function errorOf(response: Json): RpcError | null {
  const { error } = response;
  if (!isObject(error)) return null;
  const reason =
    isObject(error.data) && typeof error.data.reason === 'string' ? `: ${error.data.reason}` : '';
  return { code: Number(error.code), message: `${String(error.message)}${reason}` };
}

/** An error in words, for the log. */
export const errorText = ({ code, message }: RpcError): string =>
  `Deribit says ${JSON.stringify(plainWords(message).slice(0, 200))} (code ${code})`;

export const rpcRequest = (id: number, method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });
