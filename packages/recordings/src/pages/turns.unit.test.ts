import { expect, test } from 'vitest';
import { PAGE_FORMATS } from '../recording-formats.ts';
import { manyLines } from '../testing/bombs.fixture.ts';

const ROWS = 5_000;
const list = (row: string) => `[${Array(ROWS).fill(row).join(',')}]`;
const keyed = (key: (i: number) => string) =>
  `{${Array.from({ length: ROWS }, (_, i) => `"${key(i)}":null`).join(',')}}`;

/** Rows of which nothing can be given before the last is read; lines without content for the CSVs. */
const MANY_ROWS: Readonly<Record<string, string>> = {
  'NSE option chain JSON': `{"records":{"data":${list('{}')}}}`,
  'Upstox option chain JSON': `{"data":${list('{}')}}`,
  'Dhan option chain JSON': `{"data":{"oc":${keyed((i) => `${i + 1}`)}}}`,
  'Kite quote JSON (by EXCHANGE:TRADINGSYMBOL)': `{"data":${keyed((i) => `NSE:${i}`)}}`,
  'legacy NSE bhavcopy of derivatives': manyLines(ROWS),
};

test.each(PAGE_FORMATS)('a long page gives others turns while it is read: $name', (format) => {
  const where = { file: 'page' };
  const readPage = format.reader({ product: 'NIFTY', expiry: '2026-08-25' });
  const text = MANY_ROWS[format.name] ?? '\n'.repeat(ROWS);
  const timestamp = Date.parse('2026-08-19T11:27:00+05:30');
  const read = [...readPage({ where, path: 'page', text, timestamp, companion: null, parts: [] })];
  expect(read.filter((reading) => reading === null).length).toBeGreaterThanOrEqual(4);
});
