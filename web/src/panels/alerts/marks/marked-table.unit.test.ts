import { expect, it } from 'vitest';
import { withAlerts } from './marked-table.ts';

const TABLE = {
  caption: 'PCR over time',
  columns: [{ title: 'Time' }, { title: 'PCR' }],
  rows: [
    [1_000, 1.1],
    [2_000, 1.3],
  ],
};

it('names what fired beside the figures of its row', () => {
  const marked = withAlerts(TABLE, [1_000, 2_000], [{ timestamp: 1_600, text: 'PCR high' }]);
  expect(marked.columns.at(-1)).toEqual({ title: 'Alerts' });
  expect(marked.rows).toEqual([
    [1_000, 1.1, null],
    [2_000, 1.3, 'PCR high'],
  ]);
});

it('names it beside the bar that it happened in where rows are bars', () => {
  const marked = withAlerts(TABLE, [1_000, 2_000], [{ timestamp: 1_600, text: 'PCR high' }], 'start');
  expect(marked.rows.map((row) => row.at(-1))).toEqual(['PCR high', null]);
});

it('has no column where nothing fired', () => {
  expect(withAlerts(TABLE, [1_000, 2_000], [])).toBe(TABLE);
  expect(withAlerts(TABLE, [1_000, 2_000], [{ timestamp: -60_000, text: 'PCR high' }])).toBe(TABLE);
});
