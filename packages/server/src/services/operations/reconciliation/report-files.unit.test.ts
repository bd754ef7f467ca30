import { describe, expect, it } from 'vitest';
import { dueSession, reportFile } from './nightly-reconciliation.ts';

describe('the report that is due', () => {
  it.each([
    ['after the time of a session’s day, of that day', '2026-08-19T15:00:00Z', '2026-08-19'],
    ['before it, of the day before', '2026-08-19T14:59:59Z', '2026-08-18'],
    ['on a weekend, of the last session', '2026-08-22T20:00:00Z', '2026-08-21'],
    ['on the Monday morning after, too', '2026-08-24T03:00:00Z', '2026-08-21'],
    ['on a holiday, of the session before', '2019-05-01T16:00:00Z', '2019-04-30'],
  ])('is, %s', (_when, now, date) => {
    expect(dueSession(Date.parse(now), '15:00')).toBe(date);
  });

  it('has the name that the exchange gives it', () => {
    expect(reportFile('/reports/BhavCopy_NSE_FO_0_0_0_{YYYY}{MM}{DD}_F_0000.csv.zip', '2026-08-19')).toBe(
      '/reports/BhavCopy_NSE_FO_0_0_0_20260819_F_0000.csv.zip',
    );
    expect(reportFile('{YYYY}/{MON}/fo{DD}{MON}{YYYY}bhav.csv.zip', '2019-08-01')).toBe(
      '2019/AUG/fo01AUG2019bhav.csv.zip',
    );
  });
});
