import type { MarketStatus } from '@deltastream/client';
import type { Format } from '../../format/format.ts';

type Problem = NonNullable<MarketStatus['problems']>[number];

/** The reason, and since when in the reader's time; the server's own words end with the same instant as ISO-8601. */
export function problemText(
  { reason, since }: Pick<Problem, 'reason' | 'since'>,
  timeOfDay: Format['timeOfDay'],
): string {
  return since === null ? reason : `${reason.replace(/, since \S+$/, '')} since ${timeOfDay(since)}`;
}
