import { expect, it } from 'vitest';
import { toCsv } from './csv.ts';

it('writes RFC 4180: a header, CRLF, quotes doubled, null empty', async () => {
  const rows = [
    { a: 1, b: 'plain', c: null },
    { a: -0.5, b: 'a "b", c', c: true },
    { a: 1e21, b: 'two\r\nlines', c: ['x', 1] },
  ];
  expect(await toCsv(['a', 'b', 'c'], rows)).toBe(
    'a,b,c\r\n1,plain,\r\n-0.5,"a ""b"", c",true\r\n1e+21,"two\r\nlines","[""x"",1]"\r\n',
  );
  expect(await toCsv(['a', 'b'], [])).toBe('a,b\r\n');
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '＝1'])('disarms the text %j', async (text) => {
  const [, cell] = (await toCsv(['a'], [{ a: text }])).split('a\r\n', 2);
  expect(cell.replace(/^"/, '')[0]).toBe("'");
});

it('leaves numbers alone, also negative ones', async () => {
  expect(await toCsv(['a'], [{ a: -1 }])).toBe('a\r\n-1\r\n');
});

it('gives other work its turns between parts of a long table, which join without a seam', async () => {
  const rows = Array.from({ length: 20_001 }, (_, a) => ({ a, b: null }));
  let turns = 0;
  const count = () => {
    turns += 1;
    turn = setImmediate(count);
  };
  let turn = setImmediate(count);
  const text = await toCsv(['a', 'b'], rows);
  clearImmediate(turn);
  expect(text).toBe(`a,b\r\n${rows.map(({ a }) => `${a},\r\n`).join('')}`);
  expect(turns).toBeGreaterThan(5);
});
