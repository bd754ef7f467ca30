import { describe, expect, test } from 'vitest';
import { previousCloseOf } from '../chains/previous-close.ts';
import { amountCell, lotCell, numberCell, priceCell, strikeCell } from './cells.ts';
import { createRowCells, csvColumns, csvRow, csvRowOf } from './csv-row.ts';

describe('cells', () => {
  test.each([
    ['12', 12],
    ['-3.5', -3.5],
    ['.5', 0.5],
    ['5.', 5],
    ['-0', -0],
    ['0.1', 0.1],
    ['0.123456789012345', 0.123456789012345],
    ['0.1234567890123456', 0.1234567890123456],
    ['999999999.999999', 999_999_999.999999],
    ['7e-06', 7e-6],
    [' 4 ', 4],
    ['20,21,370', 2_021_370],
  ])('%o is %d', (text, value) => expect(numberCell(text, 'x')).toBe(value));

  test.each(['', '-', '  '])('%o is not given', (text) => expect(numberCell(text, 'x')).toBeNaN());

  test.each([
    'NaN',
    'Infinity',
    '.',
    '-.',
    '--1',
    '1-',
    '0x1f',
    '1.2.3',
    '<td>',
    '1 2',
    'e5',
    '1e16',
    '-1e308',
  ])('%o is not a number', (text) => {
    expect(() => numberCell(text, 'oi')).toThrow(/oi is ".*", expected a number/);
  });

  test('amounts are not negative, prices of 0 are none, strikes are given', () => {
    expect(() => amountCell('-1', 'oi')).toThrow('oi is "-1", expected 0 or more');
    expect(amountCell('0', 'oi')).toBe(0);
    expect(priceCell('0', 'ltp')).toBeNaN();
    expect(() => strikeCell('0', 'strike')).toThrow('above 0');
    expect(() => strikeCell('', 'strike')).toThrow('above 0');
  });

  test('a lot is a whole number of units', () => {
    expect(lotCell('65', 'lot')).toBe(65);
    expect(lotCell('', 'lot')).toBeNaN();
    expect(() => lotCell('5e-324', 'lot')).toThrow('lot is "5e-324", expected a whole number of units');
  });

  test('a long cell is shortened in its message', () => {
    expect(() => numberCell('<'.repeat(5000), 'oi')).toThrow(/^oi is "<{40}…"/);
  });
});

describe('rows', () => {
  test.each([
    ['a,b,,c', ['a', 'b', '', 'c']],
    ['"20,100.00",-,"a ""b"""', ['20,100.00', '-', 'a "b"']],
    ['"never closed,b', ['never closed,b']],
    ['', ['']],
  ])('%o', (line, cells) => expect(csvRow(line)).toEqual(cells));

  test.each(['a,-1.5,', 'a,"1,234",b', ',-,x', 'a,2,b,', ' a,1e3,'])(
    '%o is read cell by cell as at once',
    (line) => {
      const cells = createRowCells(3);
      cells.take('x,,"another row, of quotes"');
      cells.take(line);
      const texts = csvRowOf(3, line);
      expect([0, 1, 2].map(cells.text)).toEqual(texts);
      expect(cells.number(1, 'x')).toBe(numberCell(texts[1], 'x'));
    },
  );

  test.each(['', 'a,b', 'a,b,c,d', 'a,b,c,d,'])('%o is no row of three cells', (line) => {
    expect(() => createRowCells(3).take(line)).toThrow(/columns, expected 3/);
  });

  test('columns are found by name', () => {
    const { at, width, missing } = csvColumns('\uFEFFb, a ,c', ['a', 'b', 'd']);
    expect(at).toMatchObject({ a: 1, b: 0 });
    expect(width).toBe(3);
    expect(missing).toEqual(['d']);
  });
});

test('the previous close is the last price less the change', () => {
  expect(previousCloseOf(33.05, -26.7)).toBe(59.75);
  expect(previousCloseOf(5, 5)).toBeNaN();
  expect(previousCloseOf(Number.NaN, 1)).toBeNaN();
});
