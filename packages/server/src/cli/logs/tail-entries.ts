import type { TailEvent } from './follow-log.ts';
import type { LogParameters, LogView } from './log-source.ts';

/** What is printed while the log is followed. */
export type Tailed =
  | { readonly kind: 'entry'; readonly entry: LogView }
  | { readonly kind: 'note'; readonly text: string };

export interface TailParts {
  readonly events: AsyncIterable<TailEvent>;
  /** The newest entries that fit, so many at most, oldest first. */
  readonly newest: (query: LogParameters, count: number) => Promise<LogView[]>;
  readonly query: LogParameters;
  /** Entries of the time before. */
  readonly lines: number;
}

/** Entries that are looked up after a connection ended: as many as `grep` prints. */
const MAX_MISSED = 100_000;
/** Lines of other processes are stored after later ones of this, some seconds at most; what was printed of that time is known. */
const LATE_MS = 10_000;
/** Printed entries that are known, a few MB: 2,000 a second of that time, more than a terminal takes. */
const MAX_KNOWN = 20_000;

/** Entries of the time before and those that are stored from then on, each once, also where the connection ended meanwhile. */
export async function* tailedEntries({ events, newest, query, lines }: TailParts): AsyncGenerator<Tailed> {
  const known = new Map<string, number>();
  /** What was looked up last comes again with what is stored from then on. */
  let lookedUp = new Map<string, number>();
  let begun: number | null = null;
  let last = 0;

  const noteOf = (text: string): Tailed => ({ kind: 'note', text });
  const printed = (entry: LogView, text: string): Tailed => {
    last = Math.max(last, Date.parse(entry.timestamp));
    known.set(text, (known.get(text) ?? 0) + 1);
    if (known.size > MAX_KNOWN) known.delete(known.keys().next().value as string);
    return { kind: 'entry', entry };
  };

  for await (const event of events) {
    if (event.kind === 'dropped')
      yield noteOf(`${event.count} entries are left out here: they came faster than they could be printed`);
    else if (event.kind === 'end') yield noteOf(`${event.reason}; connecting again`);
    else if (event.kind === 'ready') {
      const isFirst = begun === null;
      begun ??= Date.parse(event.at);
      const from = new Date(Math.max(begun, last - LATE_MS, Date.parse(query.from ?? '') || 0)).toISOString();
      const count = isFirst ? lines : MAX_MISSED;
      const found = await newest(isFirst ? query : { ...query, from }, count);
      if (!isFirst && found.length === count)
        yield noteOf(`more than ${count} entries were stored meanwhile: the oldest of them are left out`);
      const before = new Map(known);
      lookedUp = new Map();
      for (const entry of found) {
        const text = textOf(entry);
        lookedUp.set(text, (lookedUp.get(text) ?? 0) + 1);
        if (!takeOne(before, text)) yield printed(entry, text);
      }
    } else {
      const text = textOf(event.entry);
      if (!takeOne(lookedUp, text)) yield printed(event.entry, text);
    }
  }
}

function takeOne(counts: Map<string, number>, text: string): boolean {
  const left = counts.get(text) ?? 0;
  if (left > 1) counts.set(text, left - 1);
  else counts.delete(text);
  return left > 0;
}

const textOf = (entry: LogView): string => JSON.stringify(inOrder(entry));

/** The same entry is the same text, from whichever route it comes. */
export const inOrder = (entry: LogView): LogView => {
  const { timestamp, level, service, event, message, ...about } = entry;
  const { request_id, trace_id, span_id, user_id, product, fields } = about;
  return {
    ...{ timestamp, level, service, event, message },
    ...{ request_id, trace_id, span_id, user_id, product, fields },
  };
};
