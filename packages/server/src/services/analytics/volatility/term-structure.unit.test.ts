import { expect, it } from 'vitest';
import { chainOf } from '../stored-chain.fixture.ts';
import { termStructureOf } from './term-structure.ts';

const AT = Date.UTC(2026, 7, 19, 4, 30);
const expiry = (date: string, days: number, atm_iv: number | null) =>
  chainOf('NIFTY', date, AT + days, { strike: [100] }, { atm_iv, year_fraction: days / 365, rr25: -0.01 });

it('gives forward volatilities and constant maturities, linear in total variance', () => {
  const answer = termStructureOf({
    outdated: ['2026-09-01'],
    current: [
      expiry('2026-08-25', 10, 0.2),
      expiry('2026-09-08', 20, null),
      expiry('2026-09-29', 40, 0.25),
      expiry('2026-10-27', 70, 0.15),
    ],
  });
  expect(answer.outdated_expiries).toEqual(['2026-09-01']);
  const [near, unknown, far, cheap] = answer.expiries;
  expect(near).toMatchObject({ atm_iv: 0.2, forward_iv: 0.2, rr25: -0.01, skew_slope: null });
  expect(unknown).toMatchObject({ atm_iv: null, forward_iv: null });
  expect(far.forward_iv).toBeCloseTo(Math.sqrt((0.25 ** 2 * 40 - 0.2 ** 2 * 10) / 30), 12);
  expect(cheap.forward_iv).toBeNull();
  const maturity = (days: number) => answer.constant_maturities.find((each) => each.days === days)?.iv;
  expect(maturity(7)).toBeNull();
  expect(maturity(30)).toBeCloseTo(
    Math.sqrt((0.2 ** 2 * 10 + (0.25 ** 2 * 40 - 0.2 ** 2 * 10) * (2 / 3)) / 30),
    12,
  );
  expect(maturity(180)).toBeNull();
  const at60 = Math.sqrt((0.25 ** 2 * 40 + (0.15 ** 2 * 70 - 0.25 ** 2 * 40) * (2 / 3)) / 60);
  expect(answer.term_slope).toBeCloseTo(at60 - (maturity(30) ?? 0), 12);
  expect(answer.timestamp).toBe(new Date(AT + 70).toISOString());
});

it('has no slope where a maturity lies beyond the expiries', () => {
  expect(termStructureOf({ current: [expiry('2026-08-25', 10, 0.2)], outdated: [] })).toMatchObject({
    count: 1,
    term_slope: null,
  });
});
