import { describe, expect, it } from 'vitest';
import { expiresInSession, sessionsBefore, yearOf } from './sessions.ts';

const dates = (product: string, at: string, count: number, since = 0) =>
  sessionsBefore(product, Date.parse(at), count, since).map(({ date }) => date);

describe('sessions', () => {
  it('are those over before that of the instant, without holidays; days without trade belong to the one before', () => {
    // 2026-08-15 is a Saturday; 14 and 17 August are Friday and Monday.
    const expected = ['2026-08-12', '2026-08-13', '2026-08-14'];
    expect(dates('NIFTY', '2026-08-17T05:00:00Z', 3)).toEqual(expected);
    expect(dates('NIFTY', '2026-08-17T17:00:00Z', 3)).toEqual(expected);
    expect(dates('NIFTY', '2026-08-16T12:00:00Z', 2)).toEqual(['2026-08-12', '2026-08-13']);
    const [, , friday] = sessionsBefore('NIFTY', Date.parse('2026-08-17T05:00:00Z'), 3, 0);
    expect(friday.fromMs).toBe(Date.parse('2026-08-14T00:00:00+05:30'));
    expect(friday.toMs).toBe(Date.parse('2026-08-17T00:00:00+05:30'));
  });

  it('are every UTC day of a venue that trades each day, and of a product that is not known', () => {
    const expected = ['2026-08-15', '2026-08-16'];
    expect(dates('BTC', '2026-08-17T00:00:00Z', 2)).toEqual(expected);
    expect(dates('UNHEARD', '2026-08-17T23:59:59Z', 2)).toEqual(expected);
    expect([yearOf('BTC'), yearOf('NIFTY'), yearOf('UNHEARD')]).toEqual([365, 252, 252]);
  });

  it('end with the first that anything is stored of, and keep daylight saving apart', () => {
    expect(dates('NIFTY', '2026-08-17T05:00:00Z', 9, Date.parse('2026-08-13T04:00:00Z'))).toEqual([
      '2026-08-13',
      '2026-08-14',
    ]);
    const found = sessionsBefore('SPX', Date.parse('2026-03-11T15:00:00Z'), 3, 0);
    expect(found.map(({ date }) => date)).toEqual(['2026-03-06', '2026-03-09', '2026-03-10']);
    expect(found.map(({ fromMs }) => new Date(fromMs).toISOString())).toEqual([
      '2026-03-06T05:00:00.000Z',
      '2026-03-09T04:00:00.000Z',
      '2026-03-10T04:00:00.000Z',
    ]);
  });

  it('say which contracts cease in them', () => {
    const close = Date.parse('2026-08-18T10:10:00Z');
    expect(expiresInSession('NIFTY', close, Date.parse('2026-08-18T04:00:00Z'))).toBe(true);
    expect(expiresInSession('NIFTY', close, Date.parse('2026-08-17T09:00:00Z'))).toBe(false);
  });
});
