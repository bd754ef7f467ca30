import { DeltaStreamError } from '../../kit/errors.ts';
import type { SupervisedThread } from './supervised-thread.ts';

/**
 * A thread that the first request starts: an idle one takes 8 MB, and many processes never ask theirs. Where it cannot be
 * started the request rejects with why, and the next one tries again.
 */
export function createLateThread(start: () => Promise<SupervisedThread>): SupervisedThread {
  let starting: Promise<SupervisedThread> | null = null;
  let started: SupervisedThread | null = null;
  let closing: Promise<void> | null = null;

  const thread = (): Promise<SupervisedThread> => {
    starting ??= start().then(
      (made) => {
        started = made;
        return made;
      },
      (error: unknown) => {
        starting = null;
        throw error;
      },
    );
    return starting;
  };

  return {
    async ask(request, transfer) {
      if (closing !== null) throw new DeltaStreamError('stopped', 'the store is closed');
      return (await thread()).ask(request, transfer);
    },
    problem: () => started?.problem() ?? null,
    close(timeoutMs) {
      closing ??= (async () => {
        const made = await starting?.catch(() => null);
        await made?.close(timeoutMs);
      })();
      return closing;
    },
  };
}
