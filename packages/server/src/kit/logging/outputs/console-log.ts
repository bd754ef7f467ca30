import type { LogLevel } from '@deltastream/contracts';
import { linesOfBatch } from '../../../ports/stores/logs/log-line.ts';
import type { LogDestination } from './log-destination.ts';

/** How a line begins that a person is to see: of every other nothing else has to be read. */
const SEVERE = /^\{"level":"(warn|error|fatal)",/;
const SEVERE_LEVELS: ReadonlySet<LogLevel> = new Set(['warn', 'error', 'fatal']);

/** Shows warnings and worse to a person at a terminal, one line each; everything else is left to the log store. */
export function createConsoleLog(write: (text: string) => void): LogDestination {
  const log: LogDestination = {
    write(line) {
      const level = SEVERE.exec(line)?.[1];
      if (level === undefined) return;
      const { event, service, message, reason, err } = JSON.parse(line) as {
        event?: string;
        service?: string;
        message?: string;
        reason?: string;
        err?: { message?: string };
      };
      if (event === 'span') return;
      const why = reason ?? err?.message;
      const shown = `${level} ${service ?? 'platform'}: ${message ?? ''}${why ? `: ${why}` : ''}`;
      write(`${withoutControls(shown)}\n`);
    },
    record: () => {},
    writeBatch(batch, level) {
      if (SEVERE_LEVELS.has(level)) for (const line of linesOfBatch(batch)) log.write(line);
    },
  };
  return log;
}

/** What others sent may be in a text: it shall neither look like a line of its own nor tell a terminal what to do. */
const withoutControls = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (given) => `\\u${given.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
