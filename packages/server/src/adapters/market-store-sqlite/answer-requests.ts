import { parentPort } from 'node:worker_threads';
import type { Asked, Failure, Reply } from './messages.ts';
import { StoreFileError } from './store-file.ts';

/** What a worker does: answers requests until it is told to close. */
export interface Responder {
  answer(request: unknown): unknown;
  close(): void;
}

/** Runs a worker thread of the store: opens, answers one request after another, closes on `close`. */
export function answerRequests(open: () => Responder): void {
  const port = parentPort;
  if (port === null) throw new Error('runs in a worker thread only');
  const say = (reply: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(reply, transfer);
  let responder: Responder;
  try {
    responder = open();
  } catch (error) {
    say({ kind: 'failed', id: null, failure: failureOf(error) });
    port.close();
    return;
  }
  port.on('message', ({ id, request }: Asked) => {
    try {
      if (request === 'close') {
        responder.close();
        port.close();
        return say({ kind: 'done', id, result: null });
      }
      const result = responder.answer(request);
      say({ kind: 'done', id, result }, result instanceof Float64Array ? [result.buffer as ArrayBuffer] : []);
    } catch (error) {
      say({ kind: 'failed', id, failure: failureOf(error) });
    }
  });
  say({ kind: 'opened' });
}

function failureOf(error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return { reason, unusable: error instanceof StoreFileError && error.unusable };
}
