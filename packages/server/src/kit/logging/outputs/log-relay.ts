import { type LogDestination, writeBatch } from './log-destination.ts';

/** A destination that hands every line to others, which may be added while it is in use. */
export interface LogRelay extends LogDestination {
  add(destination: LogDestination): void;
}

export function createLogRelay(destinations: LogDestination[]): LogRelay {
  return {
    add: (destination) => destinations.push(destination),
    write(line) {
      for (const destination of destinations) destination.write(line);
    },
    record(line) {
      for (const destination of destinations) {
        if (destination.record === undefined) destination.write(line);
        else destination.record(line);
      }
    },
    writeBatch(batch, level) {
      for (const destination of destinations) writeBatch(destination, batch, level);
    },
  };
}
