import Type, { type Static } from 'typebox';
import { nullable } from '../schemas/nullable.ts';

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

/** Ranges of lines that one message names at most: a service took them since the message before. */
const MAX_TAKEN_RANGES = 1_000;

/** Which lines a logging service took from the bus, so that another one does not count them as missing. */
export const TakenLogLines = Type.Object({
  /** Names the run of the service. */
  by: Type.String({ minLength: 1, maxLength: 300 }),
  ranges: Type.Array(
    Type.Object({
      process: LogLines.properties.process,
      first: LogLines.properties.first,
      count: LogLines.properties.count,
    }),
    { maxItems: MAX_TAKEN_RANGES },
  ),
});
export type TakenLogLines = Static<typeof TakenLogLines>;

export const LEAST_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** From which level on the lines of a service are kept, of all processes; null means every service. */
export const LogLevelCommand = Type.Object({
  service: nullable(Type.String({ minLength: 1, maxLength: 40 })),
  level: Type.Enum([...LEAST_LEVELS]),
});
export type LogLevelCommand = Static<typeof LogLevelCommand>;
