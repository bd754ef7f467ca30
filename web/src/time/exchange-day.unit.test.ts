import { describe, expect, it } from 'vitest';
import { addDays, dateAt, daysBetween, instantAt, localTimeAt, startOfDate } from './exchange-day.ts';

describe('days of an exchange', () => {
  it('has an instant as a field for date and time has it, and back', () => {
    const iso = '2026-11-27T03:45:10.000Z';
    expect(localTimeAt(iso, 'Asia/Kolkata')).toBe('2026-11-27T09:15:10');
    expect(instantAt('2026-11-27T09:15:10', 'Asia/Kolkata')).toBe(iso);
    expect(instantAt('2026-11-27T09:15', '+05:30')).toBe('2026-11-27T03:45:00.000Z');
  });

  it.each([
    ['2026-11-26T20:00:00Z', '+05:30', '2026-11-27'],
    ['2026-11-26T20:00:00Z', 'UTC', '2026-11-26'],
    ['2026-11-27T03:00:00Z', 'America/New_York', '2026-11-26'],
  ])('%s in %s is on %s', (iso, zone, date) => {
    expect(dateAt(iso, zone)).toBe(date);
  });

  it.each([
    ['2026-11-27', '+05:30', '2026-11-26T18:30:00.000Z'],
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00.000Z'],
    ['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
    ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
    ['1970-01-01', 'UTC', '1970-01-01T00:00:00.000Z'],
  ])('%s in %s begins at %s', (date, zone, iso) => {
    expect(startOfDate(date, zone)).toBe(iso);
  });

  it('counts the days that are left by the dates of the exchange', () => {
    const expiry = '2026-12-01T10:00:00.000Z';
    expect(daysBetween('2026-11-27T05:57:00.000Z', expiry, '+05:30')).toBe(4);
    expect(daysBetween('2026-11-30T18:29:59.000Z', expiry, '+05:30')).toBe(1);
    expect(daysBetween('2026-11-30T18:30:00.000Z', expiry, '+05:30')).toBe(0);
    expect(daysBetween('2026-12-01T20:00:00.000Z', expiry, '+05:30')).toBe(-1);
  });

  it('counts days of the calendar', () => {
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
  });
});
