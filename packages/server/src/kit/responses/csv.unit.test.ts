import { expect, it } from 'vitest';
import { toCsv } from './csv.ts';

it('writes RFC 4180: a header, CRLF, quotes doubled, null empty', () => {
  const rows = [
    { a: 1, b: 'plain', c: null },
    { a: -0.5, b: 'a "b", c', c: true },
    { a: 1e21, b: 'two\r\nlines', c: ['x', 1] },
  ];
  expect(toCsv(['a', 'b', 'c'], rows)).toBe(
    'a,b,c\r\n1,plain,\r\n-0.5,"a ""b"", c",true\r\n1e+21,"two\r\nlines","[""x"",1]"\r\n',
  );
  expect(toCsv(['a', 'b'], [])).toBe('a,b\r\n');
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '＝1'])('disarms the text %j', (text) => {
  const [, cell] = toCsv(['a'], [{ a: text }]).split('a\r\n', 2);
  expect(cell.replace(/^"/, '')[0]).toBe("'");
});

it('leaves numbers alone, also negative ones', () => {
  expect(toCsv(['a'], [{ a: -1 }])).toBe('a\r\n-1\r\n');
});
