import type { DestinationStream } from 'pino';

/** How a line begins that a person is to see: of every other nothing else has to be read. */
const SEVERE = /^\{"level":"(warn|error|fatal)",/;

/** Shows warnings and worse to a person at a terminal, one line each; everything else is left to the log store. */
export function createConsoleLog(write: (text: string) => void): DestinationStream {
  return {
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
      write(`${level} ${service ?? 'platform'}: ${message ?? ''}${why ? `: ${why}` : ''}\n`);
    },
  };
}
