/** What comes at the end of the day that is played, in the words of its choice. */
export const AT_END = { stop: 'then stop', loop: 'then again', live: 'then live' } as const;
export type AtEnd = keyof typeof AT_END;

/** First and last snapshot of the day that is played, ISO-8601; null while they are not known. */
export interface Played {
  readonly first: string | null;
  readonly last: string | null;
}

interface Next {
  /** Null is live. */
  readonly at: string | null;
  readonly playing: boolean;
}

/** What is shown after so much time of the recorded day. Its last snapshot is always shown before what comes then. */
export function playOn(at: string, passedMs: number, { first, last }: Played, atEnd: AtEnd): Next {
  const next = Date.parse(at) + passedMs;
  if (last === null || next < Date.parse(last)) return { at: new Date(next).toISOString(), playing: true };
  const isOver = Date.parse(at) >= Date.parse(last);
  if (!isOver) return { at: last, playing: atEnd !== 'stop' };
  if (atEnd === 'live') return { at: null, playing: false };
  if (atEnd === 'loop' && first !== null && first !== last) return { at: first, playing: true };
  return { at, playing: false };
}
