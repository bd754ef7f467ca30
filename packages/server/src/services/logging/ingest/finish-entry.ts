import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingSettings } from '../settings.ts';
import { redacted } from './redact.ts';
import type { Finished } from './taken.ts';

/** Characters of a name or an identifier: no search asks for a longer one, and a block keeps each in its index. */
const MAX_NAME = 200;

export interface FinishParts {
  readonly settings: Pick<LoggingSettings, 'maxLine' | 'maxMessage' | 'maxAheadMs'>;
  /** The account that sends; it stands in each entry as `sent_by`, which no line of the platform has. */
  readonly sentBy: string | null;
  readonly nowMs: number;
  /** Told of an entry whose time was too far ahead. */
  ahead(): void;
}

/**
 * Makes of what was sent what is stored: without secrets, within bounds, and with who sent it, so that nobody takes it for a
 * line of the service that it names. Secrets go first: one that is cut is not known for one any more, and what is nested too
 * deep to be written as JSON goes with them.
 */
export function createFinish({ settings, sentBy, nowMs, ahead }: FinishParts): (entry: LogEntry) => Finished {
  const { maxLine, maxMessage, maxAheadMs } = settings;
  return (given) => {
    const entry = redacted(given);
    const length = JSON.stringify(entry.fields).length;
    const said = length > maxLine ? { fields_left_out_of_characters: length } : entry.fields;
    const message = entry.message.slice(0, maxMessage);
    const finished: Record<string, unknown> = {
      ...entry,
      ...{ message, service: entry.service.slice(0, MAX_NAME) },
      fields: { ...said, sent_by: sentBy },
    };
    for (const name of NAMES) finished[name] = entry[name]?.slice(0, MAX_NAME) ?? null;
    finished.trace_id = entry.trace_id?.slice(0, MAX_NAME).toLowerCase() ?? null;
    // A clock that runs ahead would put a line before all that comes: it gets our time, and keeps its own as a field.
    if (entry.timestamp > nowMs + maxAheadMs) {
      ahead();
      finished.timestamp = nowMs;
      finished.fields = { ...said, sent_timestamp: entry.timestamp, sent_by: sentBy };
    }
    return [finished as unknown as LogEntry, message.length + Math.min(length, maxLine)];
  };
}

const NAMES = Object.keys(NO_CONTEXT) as (keyof typeof NO_CONTEXT)[];
