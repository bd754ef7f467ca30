import { count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const LOGGING = settingsFragment('Logging', {}, 'logging', {
  flushIntervalMs: ms(250, 'How often waiting entries are stored'),
  batchEntries: count(1_000, 'entries', 'Entries stored in one append'),
  bufferEntries: count(10_000, 'entries', 'Entries that may wait to be stored; beyond it the oldest go'),
  bufferCharacters: count(16_777_216, 'characters', 'Characters that may wait; beyond it the oldest go'),
  maxLine: count(16_384, 'characters', 'A longer line keeps its message and loses its fields'),
  maxMessage: count(4_096, 'characters', 'A longer message is cut'),
  stopTimeoutMs: ms(5_000, 'How long a stop tries to store what waits'),
});

export type LoggingSettings = ValuesOf<typeof LOGGING.own>;
