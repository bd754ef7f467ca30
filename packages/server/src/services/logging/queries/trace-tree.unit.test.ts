import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_CONTEXT, type StoredLogEntry } from '../../../ports/stores/logs/log-store.ts';
import { traceTree } from './trace-tree.ts';

const span = (id: string | null, parent: string | null, start: number, duration = 1): StoredLogEntry => ({
  ...{ id: 1, timestamp: start, level: 'debug', service: 'storage', message: '' },
  ...NO_CONTEXT,
  event: 'span',
  span_id: id,
  fields: { parent_span_id: parent, name: `span ${id}`, start_ms: start, duration_ms: duration, rows: 3 },
});

describe('traceTree', () => {
  it('puts children behind their parent by their start, whatever order they came in', () => {
    const { spans, durationMs } = traceTree([
      span('d', 'b', 130, 5),
      span('c', 'a', 140, 2),
      span('b', 'a', 110, 40),
      span('a', null, 100.5, 80),
      span('a', null, 100.5, 80),
    ]);
    expect(spans.map(({ span_id, depth, start_after_ms }) => [span_id, depth, start_after_ms])).toEqual([
      ['a', 0, 0],
      ['b', 1, 9.5],
      ['d', 2, 29.5],
      ['c', 1, 39.5],
    ]);
    expect(durationMs).toBe(80);
    expect(spans[1]).toMatchObject({ name: 'span b', duration_ms: 40, attributes: { rows: 3 } });
  });

  it('says of a span whose parent is not there, which is a root', () => {
    const { spans } = traceTree([span('b', 'lost', 2), span('c', 'b', 3)]);
    expect(spans.map(({ span_id, depth, parent_missing }) => [span_id, depth, parent_missing])).toEqual([
      ['b', 0, true],
      ['c', 1, false],
    ]);
  });

  it('lists every span once, also of circles (property)', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const record = fc.record({ id: name, parent: fc.option(name), start: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const { spans } = traceTree(records.map(({ id, parent, start }) => span(id, parent, start)));
        expect(spans.map(({ span_id }) => span_id).sort()).toEqual(
          [...new Set(records.map(({ id }) => id))].sort(),
        );
      }),
    );
  });
});
