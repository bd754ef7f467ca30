import { calendarSpans, DAY_MS } from '@deltastream/reference';
import type { Logger } from '../kit/logging/log.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * What there is to say of calendars that end within so many days, or have ended: from then on holidays are not known.
 * One sentence a calendar, with the exchanges that keep it and the remedy.
 */
export function endingCalendars(nowMs: number, withinDays: number): string[] {
  const today = new Date(nowMs).toISOString().slice(0, 10);
  const horizon = new Date(nowMs + withinDays * DAY_MS).toISOString().slice(0, 10);
  return calendarSpans()
    .filter(({ to, exchanges }) => to <= horizon && exchanges.length > 0)
    .map(
      ({ to, exchanges }) =>
        `the calendar of ${exchanges.join(' and ')} ${to < today ? 'ended' : 'ends'} on ${to}: after it ` +
        'weekdays count as trading days and chains are flagged calendar_unknown; ' +
        'put the days of the next year into a file and start with --reference FILE (packages/reference/README.md)',
    );
}

/** Warns of them now and once a day. Returns what ends that. */
export function noticeCalendars(
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  withinDays: number,
): () => void {
  const notice = () => {
    for (const text of endingCalendars(clock.now(), withinDays)) logger.event('calendar_ending', {}, text);
  };
  notice();
  const timer = setInterval(notice, DAY_MS).unref();
  return () => clearInterval(timer);
}
