import type { DestinationStream } from 'pino';

/** A destination that hands every line to others, which may be added while it is in use. */
export interface LogRelay extends DestinationStream {
  add(destination: DestinationStream): void;
}

/** What is written may be several lines, each with its break; others are given one at a time. */
export function createLogRelay(destinations: DestinationStream[]): LogRelay {
  return {
    add: (destination) => destinations.push(destination),
    write(text) {
      let begin = 0;
      while (begin < text.length) {
        const end = text.indexOf('\n', begin) + 1 || text.length;
        const line = begin === 0 && end === text.length ? text : text.slice(begin, end);
        for (const destination of destinations) destination.write(line);
        begin = end;
      }
    },
  };
}
