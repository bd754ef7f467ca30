import type { LOG_LEVELS } from '../routes/operations/logs.ts';

export type LogLevel = (typeof LOG_LEVELS)[number];

/** An event of the log: the level of its lines, and what it means, which is also their message unless they say more. */
export interface LogEventEntry {
  readonly level: LogLevel;
  readonly meaning: string;
}

const at =
  (level: LogLevel) =>
  (meaning: string): LogEventEntry => ({ level, meaning });

export const debug = at('debug');
export const info = at('info');
export const warn = at('warn');
export const error = at('error');
