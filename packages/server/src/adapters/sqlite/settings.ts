import Type from 'typebox';
import {
  bytes,
  count,
  LONGEST_TIMER_MS,
  ms,
  settingsFragment,
  type ValuesOf,
} from '../../kit/settings-fragment.ts';

/** Of the threads in which SQLite runs. */
export const THREADS = settingsFragment('Threads of SQLite stores', {}, 'thread', {
  maxWaiting: count(4_096, 'requests', 'Requests that may wait for a thread; further ones are refused'),
  youngGenerationMb: count(
    8,
    'MiB',
    'Memory for new objects; a thread keeps few alive, and a small one spares memory',
  ),
  restartMs: ms(50, 'First wait before a thread that ended is started again; doubles up to the longest'),
  maxRestartMs: ms(5_000, 'The longest such wait'),
  healthyMs: ms(
    60_000,
    'A thread that worked for so long was healthy: the next restart waits the first time again',
  ),
});

export type ThreadSettings = ValuesOf<typeof THREADS.own>;

/** A time that was of this store alone before every store had it. */
const formerly = (setting: string, flag: string) =>
  Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LONGEST_TIMER_MS,
      unit: 'ms',
      description: `Former name of ${flag}, where --store is SQLite; says nothing elsewhere`,
      replacedBy: [setting],
      replacedWhere: { setting: 'store', pattern: '^sqlite:' },
    }),
  );

export const SQLITE_STORE = settingsFragment(
  'Market store on SQLite',
  {
    synchronous: Type.Enum(['full', 'normal'], {
      default: 'full',
      description: 'Store durability; normal may lose the last second when the power fails',
    }),
    commitIntervalMs: ms(
      100,
      'Longest wait of a group commit; it begins at once when the writer is idle',
      1,
      10_000,
    ),
    sealAfter: count(
      0,
      'hours',
      'After the end of a UTC day its chain snapshots are compressed in the background, to a quarter or less; a replay of them takes two to three times as long; 0: never',
      0,
      8_760,
    ),
  },
  'sqlite',
  {
    maxPendingBytes: bytes(16_777_216, 'Puts not yet durable beyond which further puts wait'),
    checkpointBytes: bytes(8_388_608, 'A write-ahead log of more bytes is moved into its file'),
    rebuildWaitMs: ms(
      2_000,
      'Longest wait of a start for figures that a damaged main.db lost; then they are computed beside live data',
      0,
      3_600_000,
    ),
    rebuildPercent: count(50, '%', 'Of one core, at most so much computes such figures again', 1, 100),
    checkBytes: bytes(268_435_456, 'main.db is checked at the start when it has at most so many bytes', 0),
    checkDayBytes: bytes(
      67_108_864,
      'Files of days that are not sealed are checked at the start, the newest first, up to so many bytes in all; of the others the first pages are',
      0,
    ),
    stateIntervalMs: ms(1_000, 'How often the writer is asked for its folder and what it found damaged'),
    busyTimeoutMs: ms(5_000, "How long a statement waits for another connection's lock"),
    maxOpenDays: count(4, 'files', 'Files of a day kept open for writing'),
    // A month is read chain by chain, each from its first day to its last, and to open a file takes as long as reading 20 snapshots.
    maxReadDays: count(32, 'files', 'Files of a day kept open for reading'),
    closeTimeoutMs: ms(10_000, 'Longest time for closing; then threads are ended by force'),
    sealCheckMs: ms(60_000, 'How often it is looked for days to compress or to remove'),
    sealQuietMs: ms(300_000, 'A day that was written to since is not compressed yet'),
    sealPercent: count(50, '%', 'Of one core, at most so much compresses days', 1, 100),
    rollPercent: count(25, '%', "Of the writer's time, at most so much rolls figures up", 1, 100),
    rollCheckMs: formerly('storeRollCheckMs', '--store-roll-check-ms'),
    rollQuietMs: formerly('storeRollQuietMs', '--store-roll-quiet-ms'),
  },
);

export type SqliteStoreSettings = ValuesOf<typeof SQLITE_STORE.own>;

export const USER_STORE = settingsFragment('User store on SQLite', {}, 'userStore', {
  busyTimeoutMs: ms(
    2_000,
    'How long a write waits for another process, such as a command that creates a user',
  ),
});

export type UserStoreSettings = ValuesOf<typeof USER_STORE.own>;

export const ALERT_STORE = settingsFragment('Alert store on SQLite', {}, 'alertStore', {
  busyTimeoutMs: ms(5_000, "How long a statement waits for another connection's lock"),
  closeTimeoutMs: ms(10_000, 'Longest time for closing; then its thread is ended by force'),
});

export type AlertStoreSettings = ValuesOf<typeof ALERT_STORE.own>;
