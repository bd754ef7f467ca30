import { errorOfFailure } from './api-error.ts';
import type { Opened } from './transport.ts';

export interface EventStreamOptions {
  /** A stream that says nothing for so long is taken for broken; 15,000 ms. Servers say something every 8 s at least. */
  readonly silenceMs?: number;
}

/** An event of a stream: its name, and its data as the JSON that it is. */
interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

const DEFAULT_SILENCE_MS = 15_000;
/** Of one event: four times the longest line of a log that a server takes. */
const MAX_EVENT_CHARACTERS = 1_048_576;

/**
 * The server-sent events of a response whose data are JSON, until it ends. Nothing is read ahead: who takes events slowly
 * is waited for by the server, which says what it left out. Leaving the loop closes the connection. A cut or silent
 * connection rejects with `ApiError`, an abort with the signal's reason.
 */
export async function* readEvents(
  { url, body }: Opened,
  { silenceMs = DEFAULT_SILENCE_MS }: EventStreamOptions,
  signal?: AbortSignal,
): AsyncGenerator<StreamEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (true) {
      const { done, value } = await withinSilence(reader.read(), silenceMs);
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() as string;
      if (text.length > MAX_EVENT_CHARACTERS) throw new Error('an event is too long');
      for (const part of parts) {
        const event = parseEvent(part);
        if (event !== null) yield event;
      }
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : errorOfFailure(url, error);
  } finally {
    // Of what has ended or broken there is nothing to close any more.
    await reader.cancel().catch(() => {});
  }
}

/** Null for a comment, by which a server shows that it is there. */
function parseEvent(part: string): StreamEvent | null {
  let event = 'message';
  const data: string[] = [];
  for (const line of part.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice(7);
    else if (line.startsWith('data: ')) data.push(line.slice(6));
  }
  return data.length === 0 ? null : { event, data: JSON.parse(data.join('\n')) };
}

async function withinSilence<T>(work: Promise<T>, silenceMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silent = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DOMException('silent', 'TimeoutError')), silenceMs);
  });
  try {
    return await Promise.race([work, silent]);
  } finally {
    clearTimeout(timer);
  }
}
