import { expect, it } from 'vitest';
import type { LogLine } from './line-fields.ts';
import { fileOf, nameOf, takeLines } from './line-files.ts';

const lineOf = (message: string): LogLine => ({
  timestamp: '2026-11-28T10:00:00.042Z',
  level: 'info',
  service: 'feed',
  message,
  event: null,
  request_id: null,
  trace_id: null,
  span_id: null,
  user_id: null,
  product: 'NIFTY',
  fields: { a: 'x"y' },
});

it('writes lines as the API has them, one by line', () => {
  const lines = [lineOf('a\nb'), lineOf('=1+1')];
  const text = fileOf(lines, 'ndjson');
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each)),
  ).toEqual(lines);
});

it('writes a table with the fields as JSON, safe for spreadsheets', () => {
  const [head, row] = fileOf([lineOf('=1+1')], 'csv').split('\r\n');
  expect(head).toBe(
    'timestamp,level,service,event,message,product,user_id,request_id,trace_id,span_id,fields',
  );
  expect(row).toBe(`2026-11-28T10:00:00.042Z,info,feed,,'=1+1,NIFTY,,,,,"{""a"":""x\\""y""}"`);
});

it('is called by its newest line', () => {
  expect(nameOf('log', [lineOf('a')], 'csv')).toBe('log-2026-11-28T100000.csv');
  expect(nameOf('log', [], 'ndjson')).toBe('log-empty.ndjson');
});

it('takes no more lines than a file may have, and says that there are more', async () => {
  let asked = 0;
  const source = (async function* () {
    for (; ; asked++) yield lineOf(String(asked));
  })();
  const told: number[] = [];
  const { lines, isCut } = await takeLines(source, 2_500, (count) => told.push(count));
  expect([lines.length, isCut, asked, told]).toEqual([2_500, true, 2_500, [1_000, 2_000]]);
  const few = (async function* () {
    yield lineOf('a');
  })();
  expect(await takeLines(few, 1, () => {})).toMatchObject({ isCut: false });
});
