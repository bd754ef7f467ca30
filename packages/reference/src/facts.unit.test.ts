import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { describe, expect, test, vi } from 'vitest';
import { dayNumber, weekdayOf } from './dates/calendar-date.ts';
import { productInfo, SHIPPED_REFERENCE, useReference } from './facts.ts';
import { ReferenceFileError, withOverride } from './override.ts';
import { lotSize } from './products/lot-sizes.ts';
import { ReferenceData } from './schema.ts';
import { exchangeDate } from './sessions/exchanges.ts';
import { calendarIsUnknown, sessionIsOpen } from './sessions/sessions.ts';

describe('the shipped files', () => {
  test('fit their schema, and an empty file of the user changes nothing', () => {
    const check = Compile(ReferenceData);
    expect(check.Errors(SHIPPED_REFERENCE)).toEqual([]);
    expect(withOverride(SHIPPED_REFERENCE, {})).toEqual(SHIPPED_REFERENCE);
  });

  test.each(Object.entries(SHIPPED_REFERENCE.calendars))(
    '%s lists each closed day once, in order, on a weekday that the calendar covers',
    (_name, { closed, covers }) => {
      expect(closed).toEqual([...new Set(closed)].sort());
      for (const date of closed) {
        expect([1, 2, 3, 4, 5], date).toContain(weekdayOf(dayNumber(date)));
        expect(date >= covers.from && date <= covers.to, date).toBe(true);
      }
      const perYear = new Map<string, number>();
      for (const date of closed) perYear.set(date.slice(0, 4), (perYear.get(date.slice(0, 4)) ?? 0) + 1);
      for (let year = 2010; year <= 2026; year++) {
        expect(perYear.get(String(year)), String(year)).toBeGreaterThanOrEqual(8);
      }
    },
  );

  test('make a time zone when one of its exchanges is asked for, once a name', () => {
    const formats = vi.spyOn(Intl, 'DateTimeFormat');
    const restore = useReference(SHIPPED_REFERENCE);
    try {
      expect(formats).not.toHaveBeenCalled();
      for (const exchange of ['NSE', 'US', 'DERIBIT', 'US'] as const) exchangeDate(exchange, 0);
      expect(formats).toHaveBeenCalledTimes(1);
    } finally {
      restore();
      formats.mockRestore();
    }
  });

  test('keep each history in order', () => {
    const ascending = (dates: string[]) => expect(dates).toEqual([...dates].sort());
    for (const rules of Object.values(SHIPPED_REFERENCE.expiries)) ascending(rules.map(({ from }) => from));
    for (const lots of Object.values(SHIPPED_REFERENCE.lots)) ascending(lots.map((lot) => lot.expiries_from));
  });
});

describe("a user's file", () => {
  const source = 'the test';

  test('adds a year to a calendar, a lot, a product and an expiry rule', () => {
    const restore = useReference(
      withOverride(SHIPPED_REFERENCE, {
        calendars: { INDIA: { covers: { from: '2010-01-01', to: '2027-12-31' }, closed: ['2027-01-26'] } },
        lots: { NIFTY: [{ expiries_from: '2027-01-01', lot: 50, source }] },
        products: { NIFTY: { strike_step: 25 } },
      }),
    );
    try {
      const republicDay = Date.parse('2027-01-26T11:00:00+05:30');
      expect(calendarIsUnknown('NSE', republicDay, '2027-01-26')).toBe(false);
      expect(sessionIsOpen({ exchange: 'NSE' }, republicDay)).toBe(false);
      expect(lotSize('NIFTY', '2027-01-05')).toBe(50);
      expect(lotSize('NIFTY', '2026-12-29')).toBe(65);
      expect(productInfo('NIFTY')).toMatchObject({ strikeStep: 25, name: 'Nifty 50' });
    } finally {
      restore();
    }
    expect(productInfo('NIFTY')?.strikeStep).toBe(50);
  });

  test('as the README shows it can be used', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const [, example] = /```json\n([\s\S]+?)```/.exec(readme) ?? [];
    const data = withOverride(SHIPPED_REFERENCE, JSON.parse(example));
    expect(data.products.XSP).toMatchObject({ exchange: 'US', kind: 'index' });
    expect(data.calendars.INDIA.covers.to).toBe('2027-12-31');
    const muhurat = data.calendars.INDIA.special_sessions.filter(({ date }) => date === '2026-11-08');
    expect(muhurat).toMatchObject([{ open: '18:00' }]);
  });

  test('opens a day that the shipped calendar closes', () => {
    const data = withOverride(SHIPPED_REFERENCE, { calendars: { INDIA: { open: ['2026-01-15'] } } });
    expect(data.calendars.INDIA.closed).not.toContain('2026-01-15');
    expect(SHIPPED_REFERENCE.calendars.INDIA.closed).toContain('2026-01-15');
  });

  test.each([
    [[], '/'],
    [{ calendar: {} }, 'calendar'],
    [{ lots: { NIFTY: [{ expiries_from: '2027-02-30', lot: 50, source }] } }, '2027-02-30 is not a date'],
    [
      { lots: { NEW: [{ expiries_from: '2027-01-01', expiries_until: '2026-12-31', lot: 50, source }] } },
      '/lots/NEW of 2027-01-01 ends before it begins',
    ],
    [{ products: { NEW: { name: 'New' } } }, '/products/NEW'],
    [{ products: { nifty: {} } }, '/products/nifty is not a name that is known here'],
    [{ lots: { nifty: [] } }, '/lots'],
    [JSON.parse('{"lots":{"__proto__":[]}}'), '/lots'],
    [{ expiries: { 'NIFTY 50': [] } }, '/expiries'],
    [{ products: { NIFTY: { kind: 'coin' } } }, 'NSE has no hours'],
    [{ calendars: { INDIA: { closed: ['2026-13-01'] } } }, '2026-13-01 is not a date'],
    [{ calendars: { NEW: { closed: [] } } }, '/calendars/NEW'],
    [{ exchanges: { NSE: { calendar: 'NONE' } } }, 'is not one of /calendars'],
    [{ exchanges: { NSE: { time_zone: 'Mars/Olympus' } } }, 'time_zone Mars/Olympus'],
    [{ expiries: { UNHEARD: [{ from: '2026-01-01', weekly: 'friday', source }] } }, 'not one of /products'],
  ])('that cannot be used is refused with its place: %j', (file, said) => {
    expect(() => withOverride(SHIPPED_REFERENCE, file)).toThrow(ReferenceFileError);
    expect(() => withOverride(SHIPPED_REFERENCE, file)).toThrow(said);
  });

  test.each([0, -65, 32.5, Number.POSITIVE_INFINITY])('a lot of %s is refused with its entry', (lot) => {
    const file = { lots: { NIFTY: [{ expiries_from: '2027-01-01', lot, source }] } };
    expect(() => withOverride(SHIPPED_REFERENCE, file)).toThrow('/lots/NIFTY/0/lot');
  });

  test.each([0, -0.05, Number.POSITIVE_INFINITY])('a step of prices or strikes of %s is refused', (step) => {
    for (const name of ['price_tick', 'strike_step']) {
      const file = { products: { NIFTY: { [name]: step } } };
      expect(() => withOverride(SHIPPED_REFERENCE, file)).toThrow(`/products/NIFTY/${name}`);
    }
  });
});
