import { SHIPPED_REFERENCE, useReference } from '@deltastream/reference';
import { withOverride } from '@deltastream/reference/override';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Logger } from '../kit/logging/log.ts';
import { createManualClock } from '../ports/clock.ts';
import { endingCalendars, noticeCalendars } from './calendar-notice.ts';

const on = (date: string) => Date.parse(`${date}T12:00:00Z`);

describe('a calendar that ends', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is told of from 30 days before on, and after its end, with the remedy', () => {
    expect(endingCalendars(on('2026-11-30'), 30)).toEqual([]);
    const [before, ...others] = endingCalendars(on('2026-12-01'), 30);
    expect(others).toEqual([]);
    expect(before).toMatch(/^the calendar of NSE and BSE ends on 2026-12-31: .*--reference FILE/);
    expect(endingCalendars(on('2026-12-31'), 30)).toEqual([before]);
    const [after] = endingCalendars(on('2027-01-01'), 30);
    expect(after).toMatch(/^the calendar of NSE and BSE ended on 2026-12-31: .*calendar_unknown/);
    expect(endingCalendars(on('2027-11-20'), 0)).toHaveLength(2);
  });

  it('is no longer told of where the user’s own file has the next year', () => {
    const restore = useReference(
      withOverride(SHIPPED_REFERENCE, {
        calendars: { INDIA: { source: 'circular', covers: { from: '2010-01-01', to: '2027-12-31' } } },
      }),
    );
    try {
      expect(endingCalendars(on('2027-01-01'), 30)).toEqual([]);
    } finally {
      restore();
    }
  });

  it('is told of again each day, until the process stops', () => {
    const clock = createManualClock(on('2026-11-30'));
    const event = vi.fn();
    const stop = noticeCalendars({ clock, logger: { event } as unknown as Logger }, 30);
    expect(event).not.toHaveBeenCalled();
    clock.set(on('2026-12-01'));
    vi.advanceTimersByTime(86_400_000);
    expect(event).toHaveBeenCalledTimes(1);
    stop();
    vi.advanceTimersByTime(10 * 86_400_000);
    expect(event).toHaveBeenCalledTimes(1);
  });
});
