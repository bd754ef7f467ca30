import { expect, it } from 'vitest';
import { countRows, filterOf, MOST_SHOWN } from './log-counts.ts';

const group = (...values: (string | null)[]) => ({ values, count: 3 });

it.each([
  [['product'], group('NIFTY'), { product: 'NIFTY' }],
  [['service', 'level'], group('feed', 'error'), { service: 'feed', level: 'error' }],
  [['service', 'level'], group('feed', 'warn'), null],
  [['product'], group(null), null],
  [['status'], group('503'), { fields: 'shape=x,status=503' }],
  [['a', 'b'], group('1', '2'), { fields: 'shape=x,a=1,b=2' }],
  [['status'], group('a,b'), null],
])('looks for the lines of a group by %j', (by, of, filter) => {
  expect(filterOf(by, of, { fields: 'shape=x' })).toEqual(filter);
});

it('has the share of all lines, also of groups that are not shown', () => {
  const groups = Array.from({ length: MOST_SHOWN + 50 }, (_, i) => group(String(i)));
  const rows = countRows(groups);
  expect(rows).toHaveLength(MOST_SHOWN);
  expect(rows[0]).toEqual(['0', 3, 0.4]);
});
