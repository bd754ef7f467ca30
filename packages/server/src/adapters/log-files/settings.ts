import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const LOG_STORE = settingsFragment('Log store', {}, 'logStore', {
  keepDays: count(30, 'days', 'Days of logs kept, by when they were stored; older ones go', 1, 3_650),
  keepBytes: bytes(
    2_147_483_648,
    'Bytes of logs kept, compressed, with their index; beyond it the oldest go',
    1_048_576,
  ),
  blockBytes: bytes(
    262_144,
    'Lines compressed together; a smaller block is found faster, a larger one is compressed better',
    4_096,
  ),
  segmentBytes: bytes(16_777_216, 'A compressed file of more bytes is followed by another', 65_536),
  cacheBytes: bytes(33_554_432, 'Memory for what of the index was read lately; twice as much in all'),
  queryTimeoutMs: ms(10_000, 'A search that takes longer is ended'),
  busyTimeoutMs: ms(2_000, "How long a statement waits for another thread's lock"),
  closeTimeoutMs: ms(5_000, 'How long a close waits for what was asked before'),
  maxWaiting: count(
    256,
    'batches',
    'Batches, and searches, that may wait; one that is refused is tried again by who wrote it',
  ),
  youngGenerationMb: count(8, 'MiB', 'Memory of its threads for new objects'),
});

export type LogStoreSettings = ValuesOf<typeof LOG_STORE.own>;
