import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const LOGGING = settingsFragment(
  'Logging',
  {
    logAlerts: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'JSON file of an array of rules that count lines of the log (docs/logging.md)',
      }),
    ),
  },
  'logging',
  {
    flushIntervalMs: ms(250, 'How often waiting entries are stored'),
    batchEntries: count(1_000, 'entries', 'Entries stored in one append'),
    bufferEntries: count(10_000, 'entries', 'Entries that may wait to be stored; beyond it the oldest go'),
    bufferCharacters: count(16_777_216, 'characters', 'Characters that may wait; beyond it the oldest go'),
    maxLine: count(16_384, 'characters', 'A longer line keeps its message and loses its fields'),
    maxMessage: count(4_096, 'characters', 'A longer message is cut'),
    ingestPlainBytes: bytes(
      16_777_216,
      'Largest body of lines that are sent, once it is not compressed any more',
    ),
    ingestLines: count(20_000, 'lines', 'Lines that may be sent in one body'),
    ingestLineBytes: bytes(262_144, 'A line that is sent of more bytes is refused'),
    missingWaitMs: ms(
      30_000,
      'After this a line of another process that did not come counts as missing: longer than a batch of a service that was killed takes to be delivered again',
      10,
    ),
    maxAheadMs: ms(600_000, 'A line from further in the future gets the time at which it came'),
    pageCharacters: count(
      8_388_608,
      'characters',
      'Characters of the entries of one page of a search, or read at a time for a query in LogQL; a page that would have more ends earlier, with a cursor',
      65_536,
    ),
    tailPeers: count(32, 'readers', 'Readers that may follow the log at the same time'),
    tailWaitingBytes: bytes(
      1_048_576,
      'Lines that may wait for one reader that follows the log; beyond it lines are left out, and it is told how many',
      1_024,
    ),
    // A gateway waits at most 10 s for the next byte of the service behind it.
    tailHeartbeatMs: ms(5_000, 'How often a reader that follows the log hears something', 10, 8_000),
    tailMaxMs: ms(900_000, 'After this a reader that follows the log has to ask again, with a good token'),
    lokiLines: count(
      200_000,
      'lines',
      'Lines that one query in LogQL may read; counts by labels of streams read none',
    ),
    // A gateway waits 10 s for the response.
    lokiTimeoutMs: ms(8_000, 'Longest time of a query in LogQL'),
    lokiSeries: count(500, 'series', 'Series that one query in LogQL may give'),
    alertRules: count(
      100,
      'rules',
      'Rules that count lines of the log, besides those of --log-alerts',
      1,
      1_000,
    ),
    alertCheckMs: ms(1_000, 'How often rules that count lines are looked at when no line comes'),
    alertLateMs: ms(
      300_000,
      'A line that came so much later than the window of a rule is not counted by it',
      0,
    ),
    alertRestoreMs: ms(
      5_000,
      'How long a start may read stored lines for rules that count them; a rule whose lines were not read counts from then on',
    ),
    stopTimeoutMs: ms(5_000, 'How long a stop tries to store what waits'),
  },
);

export type LoggingSettings = ValuesOf<typeof LOGGING.own>;
