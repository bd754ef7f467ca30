import { expect, it } from 'vitest';
import { COLUMN_GAP, columnWidths } from './column-widths.ts';

const widthOf = (text: string) => 7.5 * text.length;

it('gives each column of a picture the width of its longest text, within a bound', () => {
  const lines = [
    ['Device', 'OI', 'Reason'],
    ['Chrome 141 on Linux', '1', 'x'.repeat(1_000)],
    ['curl', '12,345', ''],
  ];
  const widths = columnWidths(lines, widthOf).map((width) => width - COLUMN_GAP);
  expect(widths.slice(0, 2)).toEqual([143, 45]);
  expect(widths[2]).toBeGreaterThan(widthOf('x'.repeat(40)));
  expect(widths[2]).toBeLessThan(1_000);
  expect(columnWidths([], widthOf)).toEqual([]);
});
