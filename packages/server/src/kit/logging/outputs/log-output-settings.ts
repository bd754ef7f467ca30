import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../settings-fragment.ts';

/** Where the lines of a process go, beside the logging service where that is part of it. */
export const LOG_OUTPUT = settingsFragment(
  'Log output',
  {
    logFormat: Type.Enum(['auto', 'text', 'json'], {
      default: 'auto',
      description:
        'json: every line on standard output; text: warnings in words on standard error; auto: text at a terminal',
    }),
  },
  'log',
  {
    spoolBytes: bytes(
      16_777_216,
      'Lines that wait for the bus or for standard output, each; beyond it the oldest go, counted',
      65_536,
    ),
    batchLines: count(500, 'lines', 'Lines sent to the logging service at once', 1, 10_000),
    sendMs: ms(250, 'Longest time a line waits for others before it is sent to the logging service'),
    finalSendMs: ms(2_000, 'Longest time a stop waits until lines are sent to the logging service'),
  },
);

export type LogOutputSettings = ValuesOf<typeof LOG_OUTPUT.own>;
