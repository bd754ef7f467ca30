import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

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
  },
  'sqlite',
  {
    maxPendingBytes: bytes(16_777_216, 'Puts not yet durable beyond which further puts wait'),
    checkpointBytes: bytes(8_388_608, 'A write-ahead log of more bytes is moved into its file'),
    checkBytes: bytes(268_435_456, 'main.db is checked at the start when it has at most so many bytes', 0),
    stateIntervalMs: ms(1_000, 'How often the writer is asked for its folder and what it found damaged'),
    busyTimeoutMs: ms(5_000, "How long a statement waits for another connection's lock"),
    maxOpenDays: count(4, 'files', 'Files of a day kept open; so many for writing, so many for reading'),
    closeTimeoutMs: ms(10_000, 'Longest time for closing; then threads are ended by force'),
  },
);

export type SqliteStoreSettings = ValuesOf<typeof SQLITE_STORE.own>;
