import { parentPort } from 'node:worker_threads';
import { collectGarbage } from '../../kit/lifecycle/collect-garbage.ts';
import { isNewerSchema } from './file-schema.ts';

/** Messages of a worker thread to its starter; `opened` comes once, first. */
export type Reply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number | null; readonly failure: Failure };

export interface Failure {
  readonly code: 'data_folder_unusable' | 'newer_release' | 'store_failed' | 'stored_data_damaged';
  readonly reason: string;
}

export interface Asked {
  readonly id: number;
  /** `close` ends the thread, `collect` makes it return memory that it does not need. */
  readonly request: unknown;
}

/** What a worker does: handles requests until it is told to close. */
export interface Responder {
  /** The result, or a promise of it, before which nothing else is handled. */
  handle(request: unknown): unknown;
  /** Memory of a result that is handed over with it instead of being copied; of a Float64Array its own is. */
  handedOver?(result: unknown): ArrayBuffer[];
  close(): void;
}

/**
 * Runs a worker thread: opens, handles one request after another, closes on `close`. `failureOf` says what kind of
 * failure an error is. It loads nothing of the contracts, so that a thread stays small.
 */
export function handleRequests(
  open: () => Responder,
  failureOf: (error: unknown) => Failure = (error) => ({ code: 'store_failed', reason: textOf(error) }),
): void {
  const port = parentPort;
  if (port === null) throw new Error('runs in a worker thread only');
  const post = (reply: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(reply, transfer);
  let responder: Responder;
  try {
    responder = open();
  } catch (error) {
    const code = isNewerSchema(error) ? 'newer_release' : 'data_folder_unusable';
    post({ kind: 'failed', id: null, failure: { code, reason: textOf(error) } });
    port.close();
    return;
  }
  const answer = async ({ id, request }: Asked): Promise<void> => {
    try {
      if (request === 'close') {
        responder.close();
        port.close();
        return post({ kind: 'done', id, result: null });
      }
      if (request === 'collect') {
        collectGarbage();
        return post({ kind: 'done', id, result: null });
      }
      const result = await responder.handle(request);
      const memory =
        result instanceof Float64Array ? [result.buffer as ArrayBuffer] : responder.handedOver?.(result);
      post({ kind: 'done', id, result }, memory ?? []);
    } catch (error) {
      post({ kind: 'failed', id, failure: failureOf(error) });
    }
  };
  let last = Promise.resolve();
  port.on('message', (asked: Asked) => {
    last = last.then(() => answer(asked));
  });
  post({ kind: 'opened' });
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
