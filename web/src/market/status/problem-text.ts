import type { MarketStatus } from '@deltastream/client';
import { withDurations } from '../../format/duration.ts';
import type { Format } from '../../format/format.ts';

type Problem = NonNullable<MarketStatus['problems']>[number];

/** The reason, and since when in the reader's time; the server's own words end with the same instant as ISO-8601. */
export function problemText(
  { reason, since }: Pick<Problem, 'reason' | 'since'>,
  timeOfDay: Format['timeOfDay'],
): string {
  const text = withDurations(reason);
  return since === null ? text : `${text.replace(/, since \S+$/, '')} since ${timeOfDay(since)}`;
}
