import type { DestinationStream } from 'pino';

/** Where lines go. */
export interface LogDestination extends DestinationStream {
  /**
   * Takes a line that is below the level of its service and is to be stored all the same. What shows lines takes none; where
   * this is not there, such a line is written as any other.
   */
  record?(line: string): void;
}
