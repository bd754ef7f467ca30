import { setTimeout as pause } from 'node:timers/promises';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { refusalOf } from '../ask-platform.ts';
import type { LogParameters, LogView } from './log-source.ts';

/** What comes while the log is followed. */
export type TailEvent =
  /** From this instant of the platform's clock on. */
  | { readonly kind: 'ready'; readonly at: string }
  | { readonly kind: 'log'; readonly entry: LogView }
  | { readonly kind: 'dropped'; readonly count: number }
  | { readonly kind: 'end'; readonly reason: string };

const RETRY_MS = 1_000; // A platform that restarts is back within seconds, and is asked once a second at most.
const SILENT_MS = 60_000; // Four heartbeats of the server by default: then the connection is dead.

/**
 * Follows the log of a running platform and connects again when that ends, until the signal aborts: `end` says why, and `ready`
 * that it follows again. Rejects with what the platform says where asking again does not mend it, such as a token that is not good.
 */
export async function* followLog(
  { server, token }: { readonly server: string; readonly token?: string },
  query: LogParameters,
  signal: AbortSignal,
): AsyncGenerator<TailEvent> {
  const url = new URL(`/api/logs/tail?${new URLSearchParams(query)}`, server);
  let hasFollowed = false;
  while (!signal.aborted) {
    const watch = createWatch(signal);
    try {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(url, { headers, signal: watch.signal });
      if (!response.ok || response.body === null) {
        const refusal = await refusalOf(response, server);
        if (response.status < 500 || !hasFollowed) throw refusal;
        yield { kind: 'end', reason: refusal.message };
      } else {
        hasFollowed = true;
        yield* eventsOf(response.body, watch.seen);
        yield { kind: 'end', reason: 'the connection ended' };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof DeltaStreamError) throw error;
      if (!hasFollowed)
        throw new DeltaStreamError('unavailable', `${server} did not answer: ${reasonOf(error)}`);
      yield { kind: 'end', reason: reasonOf(error) };
    } finally {
      watch.stop();
    }
    await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Ends what says nothing for too long. */
function createWatch(outer: AbortSignal) {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const seen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error(`nothing came for ${SILENT_MS / 1000} s`)), SILENT_MS);
  };
  seen();
  return { signal: AbortSignal.any([outer, silence.signal]), seen, stop: () => clearTimeout(timer) };
}

async function* eventsOf(body: ReadableStream<Uint8Array>, seen: () => void): AsyncGenerator<TailEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    seen();
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventOf(block);
      if (event === null) continue;
      yield event;
      if (event.kind === 'end') return;
    }
  }
}

/** Null for a comment, and for an event of a later release. */
export function eventOf(block: string): TailEvent | null {
  const lines = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }),
  );
  const data = JSON.parse(lines.get('data') ?? 'null');
  switch (lines.get('event')) {
    case 'ready':
      return { kind: 'ready', at: data.at };
    case 'log':
      return { kind: 'log', entry: data };
    case 'dropped':
      return { kind: 'dropped', count: data.count };
    case 'end':
      return { kind: 'end', reason: data.reason };
    default:
      return null;
  }
}
