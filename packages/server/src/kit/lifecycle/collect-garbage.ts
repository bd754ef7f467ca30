import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Returns to the operating system what this thread does not need: garbage, free pages of the heap, bytecode of functions
 * that ran once. Blocks the thread. Flags are those of the process: one thread at a time may do it.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  // As it was: compiled code is kept, and accepted, for one set of flags only.
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', flavor: 'last-resort' });
}

/** What makes threads of this process do it. */
const threads = new Set<() => Promise<unknown>>();

/** Has a thread do it, too, when the process does: `collect` asks it to. Returns what ends that. */
export function collectIn(collect: () => Promise<unknown>): () => void {
  threads.add(collect);
  return () => void threads.delete(collect);
}

/** Collects here, then in the threads, one by one. One that cannot does without. */
export async function collectEverywhere(): Promise<void> {
  collectGarbage();
  for (const collect of threads) await collect().catch(() => undefined);
}
