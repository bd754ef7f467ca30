import { count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const LOG_STORE = settingsFragment('Log store', {}, 'logStore', {
  maxRows: count(200_000, 'entries', 'Entries kept; the oldest go first'),
  busyTimeoutMs: ms(2_000, "How long a statement waits for another process's lock"),
  closeTimeoutMs: ms(5_000, 'How long a close waits for what was asked before'),
  maxWaiting: count(
    256,
    'batches',
    'Batches that may wait; one that is refused is tried again by who wrote it',
  ),
  youngGenerationMb: count(4, 'MiB', 'Memory of its thread for new objects'),
});

export type LogStoreSettings = ValuesOf<typeof LOG_STORE.own>;
