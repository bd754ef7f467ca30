import type { LogLevel } from '@deltastream/contracts';
import type { DestinationStream } from 'pino';
import { linesOfBatch } from '../../../ports/stores/logs/log-line.ts';
import type { LineBatch } from '../../../ports/stores/logs/log-store.ts';

/** Where lines go. */
export interface LogDestination extends DestinationStream {
  /**
   * Takes a line that is below the level of its service and is to be stored all the same. What shows lines takes none; where
   * this is not there, such a line is written as any other.
   */
  record?(line: string): void;
  /** Takes many lines of one level; their bytes are good for this call only. Where this is not there, each is written. */
  writeBatch?(batch: LineBatch, level: LogLevel): void;
}

export function writeBatch(destination: LogDestination, batch: LineBatch, level: LogLevel): void {
  if (destination.writeBatch !== undefined) destination.writeBatch(batch, level);
  else for (const line of linesOfBatch(batch)) destination.write(line);
}
