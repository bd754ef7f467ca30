import { LOG_LEVELS } from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../blocks/analysis.ts';
import type { StoredLines } from '../blocks/stored-lines.ts';
import { createFlatLines, type FlatLines } from './flat-line.ts';
import { readLogged } from './read-lines.ts';

const RULES = { maxLine: 2_000, maxMessage: 60, nowMs: 1_787_000_000_000 };
/** Reads every line. */
const NEVER: FlatLines = { add: () => false };

const read = (lines: readonly string[], flat: FlatLines): StoredLines => {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return readLogged({ bytes, count: lines.length }, RULES, LOG_LEVELS, flat);
};
const both = (lines: readonly string[]) =>
  [read(lines, createFlatLines(LOG_LEVELS)), read(lines, NEVER)] as const;
const textOf = ({ bytes }: StoredLines) => Buffer.from(bytes).toString();
const parsed = (lines: StoredLines) =>
  textOf(lines)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const analysed = (lines: StoredLines) => {
  const analysis = createAnalysis();
  for (let i = 0; i < lines.count; i++) analysis.add(lines, i);
  return analysis.finish();
};

const access = {
  level: 'info',
  timestamp: 1_787_000_000_123,
  service: 'gateway',
  event: 'request_completed',
  request_id: 'd3b07384-113e-1z',
  trace_id: '5b8efff798038103d269b633813fc60c',
  span_id: 'eee19b7ec3c1b174',
  user_id: '123',
  product: 'NIFTY',
  method: 'GET',
  route: '/api/data/chain/:product',
  status: 200,
  ms: 0.35,
  message: 'request',
};
const numbered = {
  level: 40,
  time: 5,
  service: 'a',
  sampled: true,
  parent: null,
  span_id: 'b',
  n: -0.5,
  msg: '',
};

describe('a line that is brought into its order without being read', () => {
  it('is stored, and indexed, as one that is read', () => {
    const [flat, slow] = both(
      [access, numbered, { ...access, TEXT: 'In Capital Letters' }].map((line) => JSON.stringify(line)),
    );
    expect(flat.others.size).toBe(0);
    expect(slow.others.size).toBe(3);
    expect(textOf(flat)).toBe(textOf(slow));
    expect(flat.ends).toEqual(slow.ends);
    expect(analysed(flat)).toEqual(analysed(slow));
    expect(analysed(flat).terms).toHaveLength(2);
  });

  it.each([
    ['no JSON', 'listening on port 8080'],
    ['nothing', ''],
    ['an empty object', '{}'],
    ['a list', '[1]'],
    ['two objects', `${JSON.stringify(numbered)}${JSON.stringify(numbered)}`],
    ['a name twice', '{"level":30,"time":5,"service":"a","msg":"b","msg":"c"}'],
    ['both names of a time', '{"level":30,"time":5,"timestamp":6,"service":"a","msg":"b"}'],
    ['no service', '{"level":30,"time":5,"msg":"b"}'],
    ['a level of another kind', '{"level":"INFO","time":5,"service":"a","msg":"b"}'],
    ['a level below all', '{"level":-5,"time":5,"service":"a","msg":"b"}'],
    ['a level of three digits', '{"level":300,"time":5,"service":"a","msg":"b"}'],
    ['a time of a text', '{"level":30,"time":"2026-08-25T10:00:00Z","service":"a","msg":"b"}'],
    ['a time with a fraction', '{"level":30,"time":5.75,"service":"a","msg":"b"}'],
    ['a time before all', '{"level":30,"time":-5,"service":"a","msg":"b"}'],
    ['a user that is a number', '{"level":30,"time":5,"service":"a","user_id":7,"msg":"b"}'],
    ['an object', '{"level":30,"time":5,"service":"a","err":{"message":"x"},"msg":"b"}'],
    ['something escaped', '{"level":30,"time":5,"service":"a","msg":"b\\n"}'],
    ['another script', '{"level":30,"time":5,"service":"ü","msg":"Ā A"}'],
    [
      'a number that is written otherwise',
      '{"level":30,"time":5,"service":"a","n":1e3,"m":0.0000001,"msg":"b"}',
    ],
    [
      'more digits than a number has',
      '{"level":30,"time":5,"service":"a","n":12345678901234567890,"msg":"b"}',
    ],
    ['a number that is none', '{"level":30,"time":5,"service":"a","n":01,"m":1.,"msg":"b"}'],
    ['space', '{ "level":30,"time":5,"service":"a","msg":"b"}'],
    ['a long message', JSON.stringify({ ...numbered, msg: 'x'.repeat(61) })],
    ['a negative zero', JSON.stringify(numbered).replace(/}$/, ',"ms":-0}')],
    ['long fields', JSON.stringify({ ...numbered, text: 'x'.repeat(2_000) })],
    ['a line break of another system', `${JSON.stringify(numbered)}\r`],
  ])('is read where it has %s', (_what, line) => {
    const [flat, slow] = both([JSON.stringify(access), line, JSON.stringify(numbered)]);
    expect(flat.others.size).toBe(1);
    expect(textOf(flat)).toBe(textOf(slow));
    expect(analysed(flat)).toEqual(analysed(slow));
  });

  it('says the same as one that is read, whatever it says', () => {
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.jsonValue(),
    );
    const name = fc.oneof(fc.constantFrom(...Object.keys(access), 'time', 'msg', 'fields'), fc.string());
    const line = fc.record({
      base: fc.constantFrom(access, numbered, {}),
      more: fc.dictionary(name, value),
      isFirst: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (given) => {
        const lines = given.map(({ base, more, isFirst }) =>
          JSON.stringify(isFirst ? { ...more, ...base } : { ...base, ...more }),
        );
        const [flat, slow] = both(lines);
        expect(textOf(flat)).toBe(textOf(slow));
        expect(analysed(flat)).toEqual(analysed(slow));
      }),
    );
  });

  it('says the same as one that is read, where some of it is missing or another', () => {
    const text = JSON.stringify({ ...access, ms: 1.5, ok: true });
    const place = fc.nat({ max: text.length - 1 });
    const byte = fc.constantFrom(...Array.from(' !"\\{}[],:.-+0123456789abcdefnrtuE\u007fé'), '');
    fc.assert(
      fc.property(place, byte, fc.nat({ max: 3 }), (at, inserted, removed) => {
        const [flat, slow] = both([text.slice(0, at) + inserted + text.slice(at + removed)]);
        expect(parsed(flat)).toEqual(parsed(slow));
        expect([flat.times[0], flat.levels[0]]).toEqual([slow.times[0], slow.levels[0]]);
        expect(analysed(flat).terms).toEqual(analysed(slow).terms);
        expect(analysed(flat).columns).toEqual(analysed(slow).columns);
      }),
      { numRuns: 2_000 },
    );
  });
});
