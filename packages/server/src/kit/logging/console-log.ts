import type { DestinationStream } from 'pino';

const WARN = 40;
/** How pino begins a line: of most lines nothing else has to be read, and with an access log there is one for each request. */
const LEVEL = /^\{"level":(\d+),/;
const LEVEL_NAMES: Readonly<Record<number, string>> = { 40: 'warn', 50: 'error', 60: 'fatal' };

/** Shows warnings and worse to a person at a terminal, one line each; everything else is left to the log store. */
export function createConsoleLog(write: (text: string) => void): DestinationStream {
  return {
    write(line) {
      const begun = LEVEL.exec(line);
      if (begun !== null && Number(begun[1]) < WARN) return;
      const entry = JSON.parse(line) as Record<string, unknown>;
      if (typeof entry.level !== 'number' || entry.level < WARN) return;
      const { level, service, msg, reason, err } = entry as {
        level: number;
        service?: string;
        msg?: string;
        reason?: string;
        err?: { message?: string };
      };
      const why = reason ?? err?.message;
      write(
        `${LEVEL_NAMES[level] ?? level} ${service ?? 'platform'}: ${msg ?? ''}${why ? `: ${why}` : ''}\n`,
      );
    },
  };
}
