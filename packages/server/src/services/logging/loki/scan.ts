import { setImmediate as nextTurn } from 'node:timers/promises';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { LogStore, StoredLogEntry } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingSettings } from '../settings.ts';
import type { LogQuery } from './logql/query.ts';
import { createPipeline, type ShownLine } from './pipeline.ts';
import { criteriaOfQuery, type TimeRange } from './selection.ts';

/** What one request may cost. */
export interface Budget {
  /** Of entries that are read at a time. */
  readonly pageCharacters: number;
  /** Counts a line that was read; throws when it is one too many, or when the time is over. */
  spend(): void;
  /** Lets others have their turn when this one was long. */
  pause(): Promise<void> | undefined;
}

const TURN_MS = 10; // What a search may hold up everything else for, at a time.

export function createBudget({
  lokiLines: maxLines,
  lokiTimeoutMs: timeoutMs,
  pageCharacters,
}: Pick<LoggingSettings, 'lokiLines' | 'lokiTimeoutMs' | 'pageCharacters'>): Budget {
  const deadline = performance.now() + timeoutMs;
  let lines = 0;
  let turn = performance.now();
  return {
    pageCharacters,
    spend() {
      lines += 1;
      if (lines > maxLines) {
        const message = `the query reads more than ${maxLines} lines; ask for less time, or for labels of the stream`;
        throw new DeltaStreamError('invalid_request', message);
      }
      if (performance.now() > deadline)
        throw new DeltaStreamError('timeout', `the query took more than ${timeoutMs} ms`);
    },
    pause() {
      if (performance.now() - turn < TURN_MS) return undefined;
      return nextTurn().then(() => {
        turn = performance.now();
      });
    },
  };
}

/** Lines read at a time: more cost memory, fewer cost searches. */
const BATCH = 2_000;

/** Calls `each` with the lines of a query by time, and their entries, until it says that it has enough. */
export async function scan(
  logs: Pick<LogStore, 'page'>,
  query: LogQuery,
  { fromMs, toMs }: TimeRange,
  order: 'newest' | 'oldest',
  budget: Budget,
  each: (line: ShownLine, entry: StoredLogEntry) => boolean,
): Promise<void> {
  const show = createPipeline(query);
  let range = { fromMs, toMs };
  /** Of the last time that was read: they come again, as others of the same time may follow. */
  let seen = new Set<number>();
  let limit = BATCH;
  let characters = budget.pageCharacters;
  while (range.fromMs < range.toMs) {
    const criteria = criteriaOfQuery(query, range);
    if (criteria === null) return;
    const { entries: found, isCut } = await logs.page({ ...criteria, order, limit }, characters);
    for (const entry of found) {
      if (seen.has(entry.id)) continue;
      budget.spend();
      await budget.pause();
      const shown = show(entry);
      if (shown !== null && !each(shown, entry)) return;
    }
    if (!isCut && found.length < limit) return;
    const { timestamp } = found[found.length - 1];
    const isNew = found.some((entry) => entry.timestamp !== timestamp);
    // All of one time, and so are the next: they are asked for with these.
    if (!isNew) {
      limit *= 2;
      characters *= 2;
    }
    seen = idsAt(found, timestamp);
    range = order === 'newest' ? { fromMs, toMs: timestamp + 1 } : { fromMs: timestamp, toMs };
  }
}

const idsAt = (entries: readonly StoredLogEntry[], timestamp: number): Set<number> =>
  new Set(entries.filter((entry) => entry.timestamp === timestamp).map(({ id }) => id));
