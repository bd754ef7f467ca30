import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** What a line is to those before it: of a time that is over, taken before, or new. */
export type Seen = 'new' | 'duplicate' | 'late';

/** The latest lines of each stream, so that what is sent again is published once. */
export interface SeenLines {
  /** @param inOrder whether a line of an earlier time than the latest of its stream is late */
  look(stream: string, timestamp: number, text: string, inOrder: boolean): Seen;
  /** A line that was looked at and not taken: it may come again. */
  forget(stream: string, text: string): void;
  /** Nothing that was seen counts any more. */
  clear(): void;
}

/** Lines of a stream that are known again: some minutes of a feed that sends every second. */
const REMEMBERED = 256;

const digestOf = (text: string): string => hash('sha1', text, 'base64');

export function createSeenLines(maxStreams: number): SeenLines {
  const streams = new LRUCache<string, { latest: number; readonly known: Set<string> }>({ max: maxStreams });
  return {
    look(stream, timestamp, text, inOrder) {
      const digest = digestOf(text);
      const before = streams.get(stream);
      if (before === undefined) {
        streams.set(stream, { latest: timestamp, known: new Set([digest]) });
        return 'new';
      }
      if (before.known.has(digest)) return 'duplicate';
      if (inOrder && timestamp < before.latest) return 'late';
      before.latest = Math.max(before.latest, timestamp);
      before.known.add(digest);
      if (before.known.size > REMEMBERED) before.known.delete(before.known.values().next().value as string);
      return 'new';
    },
    forget: (stream, text) => void streams.get(stream)?.known.delete(digestOf(text)),
    clear: () => streams.clear(),
  };
}
