import type { LogEvent } from '@deltastream/contracts';
import { LRUCache } from 'lru-cache';
import type { Logger } from './log.ts';

/** Beyond it the subject that was warned of longest ago is forgotten, which can only log more. */
const MAX_SUBJECTS = 1_000;

export interface PacedWarningOptions {
  /** Shortest time between two lines of one subject; 1 s. */
  readonly intervalMs?: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Warns of what may happen thousands of times a second: at most one line for each subject and interval. A line
 * says as `unlogged` how many of its subject there were since the line before it.
 */
export function createPacedWarning(
  logger: Logger,
  { intervalMs = 1_000, now = () => performance.now() }: PacedWarningOptions = {},
): (subject: string, event: LogEvent, fields: Readonly<Record<string, unknown>>) => void {
  const subjects = new LRUCache<string, { loggedAt: number; unlogged: number }>({ max: MAX_SUBJECTS });
  return (subject, event, fields) => {
    const at = now();
    const held = subjects.get(subject);
    if (held !== undefined && at - held.loggedAt < intervalMs) {
      held.unlogged += 1;
      return;
    }
    logger.event(event, held === undefined ? fields : { ...fields, unlogged: held.unlogged });
    subjects.set(subject, { loggedAt: at, unlogged: 0 });
  };
}

export type PacedWarning = ReturnType<typeof createPacedWarning>;
