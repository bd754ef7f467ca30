import { count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

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
