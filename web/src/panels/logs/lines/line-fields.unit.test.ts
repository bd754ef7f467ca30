import { expect, it } from 'vitest';
import { createFormat } from '../../../format/format.ts';
import { fieldsOf, isTraceId, type LogLine, lineTime } from './line-fields.ts';

const LINE: LogLine = {
  timestamp: '2026-11-28T10:00:00.042Z',
  level: 'warn',
  service: 'feed',
  message: 'silent',
  event: 'venue_silent',
  request_id: null,
  trace_id: 'a'.repeat(32),
  span_id: null,
  user_id: null,
  product: 'NIFTY',
  fields: { status: 503, source: { name: 'nse', tags: ['a', 'b'] }, none: null, 'a.b': { c: 1 }, empty: {} },
};

it('lists all that a line says by its path, and what looks for the same', () => {
  const said = Object.fromEntries(
    fieldsOf(LINE, { fields: 'status=200,shape=x' }).map(({ name, value, filter }) => [
      name,
      [value, filter],
    ]),
  );
  expect(said).toMatchObject({
    level: ['warn', { level: 'warn' }],
    message: ['silent', null],
    trace_id: ['a'.repeat(32), { trace_id: 'a'.repeat(32) }],
    status: ['503', { fields: 'shape=x,status=503' }],
    'source.name': ['nse', { fields: 'status=200,shape=x,source.name=nse' }],
    'source.tags': ['["a","b"]', null],
    none: ['null', null],
    'a.b.c': ['1', null],
    empty: ['{}', { fields: 'status=200,shape=x,empty={}' }],
  });
  expect(said).not.toHaveProperty('request_id');
});

it('says the time to the millisecond', () => {
  const time = lineTime(LINE, createFormat('western', 'Asia/Kolkata'));
  expect(time).toMatch(/15:30:00\.042$/);
});

it.each([
  ['0AF7651916cd43dd8448eb211c80319c', true],
  ['0af7', false],
  [`${'a'.repeat(32)}/`, false],
])('%s is a trace id: %s', (text, is) => expect(isTraceId(text)).toBe(is));
