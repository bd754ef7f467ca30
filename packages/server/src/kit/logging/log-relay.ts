import type { DestinationStream } from 'pino';

/** A destination that hands every line to others, which may be added while it is in use. */
export interface LogRelay extends DestinationStream {
  add(destination: DestinationStream): void;
}

export function createLogRelay(destinations: DestinationStream[]): LogRelay {
  return {
    add: (destination) => destinations.push(destination),
    write(line) {
      for (const destination of destinations) destination.write(line);
    },
  };
}
