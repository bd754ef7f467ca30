import { describe, expect, it } from 'vitest';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { parseLogsQuery } from './logql/parse.ts';
import { allLabels, createPipeline } from './pipeline.ts';

const entry = (message: string, fields: object = {}): LogEntry => ({
  ...NO_CONTEXT,
  ...{ timestamp: 0, level: 'info', service: 'feed', trace_id: 't', message, fields: { ...fields } },
});
const run = (stages: string, given: LogEntry) =>
  createPipeline(parseLogsQuery(`{service_name="feed"} ${stages}`))(given);

describe('a pipeline', () => {
  it('shows labels of the stream, ids and fields, and what a parser finds, apart', () => {
    expect(
      run('| json', entry('{"a":{"b":1},"level":"x","t":true}', { status: 503, 'x.y': { z: [1] } })),
    ).toEqual({
      timestampMs: 0,
      text: '{"a":{"b":1},"level":"x","t":true}',
      stream: { service_name: 'feed', level: 'info' },
      metadata: { trace_id: 't', status: '503', x_y_z: '[1]' },
      parsed: { a_b: '1', level_extracted: 'x', t: 'true' },
    });
  });

  it('keeps a line that cannot be parsed, and says so', () => {
    expect(run('| json', entry('no json'))?.parsed).toEqual({ __error__: 'JSONParserErr' });
    expect(run('| json', entry('{"broken', { a: 1 }))?.parsed).toEqual({ __error__: 'JSONParserErr' });
    expect(run('| json', entry('text of one with fields', { a: 1 }))?.parsed).toEqual({});
    expect(run('| json | drop __error__', entry('no json'))?.parsed).toEqual({});
    expect(run('| json | __error__=""', entry('no json'))).toBeNull();
  });

  it('takes values of JSON by path, and logfmt', () => {
    expect(run('| json x="a.b[1]", n="none"', entry('{"a":{"b":[1,2]}}'))?.parsed).toEqual({ x: '2' });
    expect(run('| logfmt', entry('ms=250 msg="a \\"b\\" c" alone k-1=v'))?.parsed).toEqual({
      ...{ ms: '250', msg: 'a "b" c', k_1: 'v' },
    });
    expect(run('| logfmt took="ms"', entry('ms=250'))?.parsed).toEqual({ took: '250' });
  });

  it.each([
    ['|= "sil"', true],
    ['|= "Silent"', false],
    ['!= "sil"', false],
    ['|~ "s.l+"', true],
    ['!~ "s.l+"', false],
    ['| status=503', true],
    ['| status="503"', true],
    ['| status>503', false],
    ['| took>1.5s', true],
    ['| took<1.5s', false],
    ['| size>=2KB', true],
    ['| size>2KiB', false],
    ['| missing=""', true],
    ['| missing>1', false],
    ['| status=500 or level="info"', true],
    ['| status=503 and level="error"', false],
    ['| level=~"in.*"', true],
  ])('filters by %s: %s', (stages, kept) => {
    expect(run(stages, entry('venue silent', { status: 503, took: '2s', size: '2kB' })) !== null).toBe(kept);
  });

  it('keeps a line whose value is not a number, and says so', () => {
    expect(run('| name>1', entry('x', { name: 'y' }))?.parsed).toEqual({ __error__: 'LabelFilterErr' });
  });

  it('drops and keeps labels', () => {
    expect(allLabels(run('| drop level, a', entry('x', { a: 1, b: 2 }))!)).toEqual({
      ...{ service_name: 'feed', trace_id: 't', b: '2' },
    });
    expect(allLabels(run('| keep level, a', entry('x', { a: 1, b: 2 }))!)).toEqual({ level: 'info', a: '1' });
  });
});
