import { reasonOf } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import type { SupervisedThread } from '../../supervised-thread.ts';
import type { CheckpointRequest, CommitResult } from '../messages.ts';

/** Moves long write-ahead logs into their files, one request at a time, beside the writer. */
export interface Checkpointer {
  /** Does nothing while another runs. One that fails is tried again with the next commit: the log is as safe as the file. */
  readonly begin: (files: CommitResult) => void;
  /** Why its thread is not there although a log is long; null otherwise. */
  problem(): string | null;
  /** Ends its thread, by force after `timeoutMs`; none is started afterwards. */
  close(timeoutMs: number): Promise<void>;
}

/**
 * The thread is started for the first log that is long: most processes never have one, and an idle thread takes 8 MB.
 */
export function createCheckpointer(start: () => Promise<SupervisedThread>, logger?: Logger): Checkpointer {
  let thread: SupervisedThread | null = null;
  let starting: Promise<void> | null = null;
  let failure: string | null = null;
  let running = false;
  let closed = false;

  const started = async (): Promise<void> => {
    try {
      thread = await start();
      failure = null;
    } catch (error) {
      failure = `the checkpointer of the market store cannot start: ${reasonOf(error)}`;
      logger?.event('checkpointer_not_started', { reason: reasonOf(error) });
    }
  };
  const checkpoint = async (files: CommitResult): Promise<void> => {
    if (thread === null) {
      starting = started();
      await starting;
    }
    const request: CheckpointRequest = { kind: 'checkpoint', files };
    await thread?.ask(request);
  };

  return {
    begin(files) {
      if (running || closed) return;
      running = true;
      checkpoint(files)
        .catch(() => undefined)
        .finally(() => {
          running = false;
        });
    },
    problem: () => failure ?? thread?.problem() ?? null,
    async close(timeoutMs) {
      closed = true;
      await starting;
      await thread?.close(timeoutMs);
    },
  };
}
