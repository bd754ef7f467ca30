import { describe, expect, it } from 'vitest';
import { csvOf } from './csv.ts';

const table = (rows: readonly (string | number | null)[][]) => ({
  caption: 'x',
  columns: [{ title: 'Strike' }, { title: 'Open interest, contracts' }],
  rows,
});

describe('CSV of a panel', () => {
  it('has exact numbers and nothing where a figure is not there', () => {
    expect(
      csvOf(
        table([
          [24050.5, null],
          [-0.1, 1e21],
        ]),
      ),
    ).toBe('Strike,"Open interest, contracts"\r\n24050.5,\r\n-0.1,1e+21\r\n');
  });

  it('escapes quotes, lines and formulas', () => {
    expect(csvOf(table([['a "b"', '=1+1']])).split('\r\n')[1]).toBe(`"a ""b""",'=1+1`);
    for (const sign of '=+-@\t\r\n＝＋－＠')
      expect(csvOf(table([['', `${sign}1`]])).split('\r\n')[1], JSON.stringify(sign)).toMatch(/^,"?'/);
  });
});
