import { isoTime } from '@deltastream/contracts';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { JobView, Queue } from '../../ports/queue.ts';

const LISTED = 100;

/** What responses say of every job. */
export const jobView = ({ id, state, tries, reason, addedAt, endedAt }: JobView) => ({
  ...{ id, state, tries, reason },
  added_at: isoTime(addedAt),
  ended_at: endedAt === null ? null : isoTime(endedAt),
});

/** The jobs of one name, as administrators see them. */
export interface JobList<View> {
  /** Adds a job, or finds the one that has the key and is not done. */
  add(payload: Uint8Array, key: string): Promise<View>;
  /** Newest first. */
  list(): Promise<View[]>;
  /** Null when no such job is known. */
  find(id: string): Promise<View | null>;
}

export function createJobList<View>(
  queue: Queue,
  name: string,
  viewOf: (job: JobView) => View,
): JobList<View> {
  const find = async (id: string): Promise<View | null> => {
    const job = await queue.job(id);
    return job?.name === name ? viewOf(job) : null;
  };
  return {
    async add(payload, key) {
      const id = await queue.add(name, payload, { key, keep: true });
      const found = await find(id);
      if (found !== null) return found;
      throw new DeltaStreamError('internal', `job ${id} is gone as soon as it was added`);
    },
    list: async () => (await queue.jobs(name, LISTED)).map(viewOf),
    find,
  };
}
