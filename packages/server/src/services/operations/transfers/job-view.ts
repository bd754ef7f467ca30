import { isoTime } from '@deltastream/contracts';
import type { JobView } from '../../../ports/queue.ts';

/** What responses say of every job. */
export const jobView = ({ id, state, tries, reason, addedAt, endedAt }: JobView) => ({
  ...{ id, state, tries, reason },
  added_at: isoTime(addedAt),
  ended_at: endedAt === null ? null : isoTime(endedAt),
});
