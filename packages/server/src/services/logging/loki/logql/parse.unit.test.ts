import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import { parseLogql, parseLogsQuery, parseMatchers } from './parse.ts';
import type { Aggregation, LogQuery, RangeCount } from './query.ts';

const stages = (query: string) => (parseLogql(query) as LogQuery).stages;

describe('LogQL', () => {
  it('reads selectors', () => {
    const { matchers } = parseLogsQuery(
      '{service_name="feed", level!="info",event=~"feed_.*" , product!~"N|M"}',
    );
    expect(matchers.map(({ label, operator, value }) => [label, operator, value])).toEqual([
      ['service_name', '=', 'feed'],
      ['level', '!=', 'info'],
      ['event', '=~', 'feed_.*'],
      ['product', '!~', 'N|M'],
    ]);
    expect(matchers[2].fits('feed_started')).toBe(true);
    expect(matchers[2].fits('a feed_started')).toBe(false);
    expect(matchers[3].fits('N')).toBe(false);
    expect(matchers[3].fits('NIFTY')).toBe(true);
  });

  it('reads texts as they are quoted', () => {
    const [one, two, three] = stages('{a="b"} |= "a\\"\\n\\u00e9" != `\\d"` |~ "x" or `y\\d`');
    expect(one).toMatchObject({ operator: '|=', values: ['a"\né'] });
    expect(two).toMatchObject({ operator: '!=', values: ['\\d"'] });
    expect(three).toMatchObject({ operator: '|~', values: ['x', 'y\\d'] });
    if (three.kind !== 'line' || two.kind !== 'line') throw new Error('no line filters');
    expect([three.fits('is y7'), three.fits('is y'), two.fits('\\d"')]).toEqual([true, false, false]);
  });

  it('reads parsers, filters and the rest of a pipeline', () => {
    const query =
      '{a="b"} | json | json x="a.b[0][\\"c d\\"]", y | logfmt | level="error" and (ms>250 or d>=1.5s) , size<5KiB | drop x, y | keep z';
    expect(stages(query)).toMatchObject([
      { kind: 'json', names: [] },
      {
        kind: 'json',
        names: [
          { label: 'x', path: ['a', 'b', 0, 'c d'] },
          { label: 'y', path: ['y'] },
        ],
      },
      { kind: 'logfmt', names: [] },
      {
        kind: 'filter',
        condition: {
          kind: 'and',
          of: [
            { kind: 'match', label: 'level', operator: '=', value: 'error' },
            {
              kind: 'or',
              of: [
                { kind: 'number', label: 'ms', operator: '>', unit: 'number', value: 250 },
                { kind: 'number', label: 'd', operator: '>=', unit: 'duration', value: 1_500 },
              ],
            },
            { kind: 'number', label: 'size', operator: '<', unit: 'bytes', value: 5_120 },
          ],
        },
      },
      { kind: 'drop', names: ['x', 'y'] },
      { kind: 'keep', names: ['z'] },
    ]);
  });

  it('reads what Grafana sends for its histogram and its test', () => {
    const query =
      'sum by (level, detected_level) (count_over_time({service_name="feed"} |= `x` | drop __error__ [1h30m]))';
    const found = parseLogql(query) as Aggregation;
    expect(found).toMatchObject({ of: 'sum', by: { without: false, labels: ['level', 'detected_level'] } });
    expect(found.inner as RangeCount).toMatchObject({
      of: 'count_over_time',
      rangeMs: 5_400_000,
      offsetMs: 0,
    });
    expect(parseLogql('vector(1)+vector(1)')).toEqual({
      kind: 'binary',
      operator: '+',
      left: { kind: 'vector', value: 1 },
      right: { kind: 'vector', value: 1 },
    });
  });

  it('reads operators by their rank, and groupings after an aggregation', () => {
    expect(parseLogql('1 + 2 * (3 - -4)')).toMatchObject({
      operator: '+',
      right: { operator: '*', right: { operator: '-', right: { value: -4 } } },
    });
    expect(parseLogql('max(rate({a="b"}[5m] offset 1h)) without (x)')).toMatchObject({
      of: 'max',
      by: { without: true, labels: ['x'] },
      inner: { of: 'rate', rangeMs: 300_000, offsetMs: 3_600_000 },
    });
  });

  it.each([
    ['', 'line 1, col 1: syntax error: unexpected $end'],
    ['{', 'line 1, col 2: syntax error: unexpected $end, expecting a label'],
    ['{a="b"', 'line 1, col 7'],
    ['{a="b}', 'line 1, col 4: a text is not ended'],
    ['{}', 'at least one regexp or equality matcher'],
    ['{a!="b"}', 'at least one regexp or equality matcher'],
    ['{a=~".*"}', 'at least one regexp or equality matcher'],
    ['{a=~"("}', 'line 1, col 5: error parsing regexp: missing closing )'],
    ['{a="b"}\n|~ "(a{100}){100}"', 'line 2, col 4'],
    ['{a="b"} |= x', 'line 1, col 12'],
    ['{a="b"} | line_format "x"', 'the stage line_format is not supported'],
    ['{a="b"} | json x="a..b"', 'is no path of JSON'],
    ['{a="b"} | x > "1"', 'a value that > compares'],
    ['{a="b"} | x =~ 1', 'a value that =~ compares'],
    ['count_over_time({a="b"})', 'unexpected ")"'],
    ['count_over_time({a="b"}[5])', 'a duration such as 5m'],
    ['sum({a="b"})', 'line 1, col 5: lines are no numbers'],
    ['{a="b"} + 1', 'lines are no numbers'],
    ['topk(5, rate({a="b"}[1m]))', '"topk" is not supported; known are'],
    ['vector(x)', 'a number'],
    ['1 2', 'the end of the query'],
    ['{a="b"} §', 'unexpected character "§"'],
    [`${'('.repeat(100)}1${')'.repeat(100)}`, 'nested more than 40 deep'],
    [`{a="b"}${' |= "x"'.repeat(60)}`, 'more than 50 stages'],
    [`{a=~"${'x'.repeat(1_001)}"}`, 'more than 1000 characters'],
    [`{a="${'x'.repeat(6_000)}"}`, 'more than 5000 characters'],
  ])('refuses %j', (query, reason) => {
    expect(() => parseLogql(query)).toThrow(reason);
    expect(() => parseLogql(query)).toThrow(/^parse error at line \d+, col \d+: /);
  });

  it('reads an empty selector where nothing is read as lines', () => {
    expect(parseMatchers('{}')).toEqual([]);
    expect(() => parseMatchers('{a="b"} |= "x"')).toThrow(/the end of the selector/);
    expect(() => parseLogsQuery('vector(1)')).toThrow(/a query of lines/);
  });

  it('reads or refuses any nonsense, with a place, and soon', () => {
    const parts = fc.constantFrom(
      ...['{', '}', 'a', '=', '"b"', '=~', '"(a+)+$"', '|', '|=', '|~', '!=', 'json', 'logfmt', 'drop', 'or'],
      ...[
        '(',
        ')',
        '[5m]',
        'sum',
        'by',
        'count_over_time',
        'rate',
        'vector',
        '1',
        '1.5s',
        '5KB',
        ',',
        '+',
        '*',
      ],
      ...['{a="b"}', '`', '"', '\\', '\n', '#', '-', '>', 'offset', 'and', '$__auto', '\u0000', '😀'],
    );
    const nonsense = fc.oneof(
      fc.string({ maxLength: 200, unit: 'binary' }),
      fc.array(parts, { maxLength: 60 }).map((all) => all.join(' ')),
      fc.array(parts, { maxLength: 60 }).map((all) => all.join('')),
    );
    const longest = { ms: 0 };
    fc.assert(
      fc.property(nonsense, (query) => {
        const begun = performance.now();
        try {
          parseLogql(query);
        } catch (error) {
          if (!(error instanceof DeltaStreamError)) throw error;
          expect(error.code).toBe('invalid_request');
          expect(error.message).toMatch(/^parse error at line \d+, col \d+: /);
        }
        longest.ms = Math.max(longest.ms, performance.now() - begun);
      }),
      { numRuns: 3_000 },
    );
    expect(longest.ms).toBeLessThan(1_000);
  });
});
