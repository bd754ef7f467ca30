import Type, { type Static } from 'typebox';
import { nullable } from '../nullable.ts';

/** Lines of the log of one process, in order. */
export const LogLines = Type.Object({
  /** Names the run of the process. */
  process: Type.String({ minLength: 1, maxLength: 300 }),
  /** Number of the first of them: every line of the run has one, from 1 on, also those that were dropped. */
  first: Type.Integer({ minimum: 1 }),
  /** How many they are, without what is said ahead of them of lines that were dropped. */
  count: Type.Integer({ minimum: 1 }),
  /** Objects of JSON, each with its line break. */
  lines: Type.String(),
});
export type LogLines = Static<typeof LogLines>;

export const LEAST_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** From which level on the lines of a service are kept, of all processes; null means every service. */
export const LogLevelCommand = Type.Object({
  service: nullable(Type.String({ minLength: 1, maxLength: 40 })),
  level: Type.Enum([...LEAST_LEVELS]),
});
export type LogLevelCommand = Static<typeof LogLevelCommand>;
