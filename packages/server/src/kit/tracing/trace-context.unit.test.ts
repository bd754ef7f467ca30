import { describe, expect, it } from 'vitest';
import { beginTrace, newTraceId, readTrace, traceparentOf } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('trace context', () => {
  it('takes what a caller sends', () => {
    expect(readTrace(`00-${TRACE}-${SPAN}-01`, 'vendor=1')).toEqual({
      traceId: TRACE,
      parentId: SPAN,
      flags: '01',
      state: 'vendor=1',
    });
    expect(readTrace(`01-${TRACE}-${SPAN}-00-later`)).toMatchObject({ traceId: TRACE });
  });

  it.each([
    undefined,
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
  ])('does not take %s', (header) => {
    expect(readTrace(header, 'vendor=1')).toBeNull();
  });

  it('begins a trace where there is none, and keeps the place of a request in it', () => {
    const begun = beginTrace({}, () => true);
    expect(begun).toMatchObject({ parentId: null, flags: '01', sampled: true, state: null });
    expect(begun.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(begun.spanId).toMatch(/^[0-9a-f]{16}$/);
    const { traceId, spanId } = begun;
    expect(begun).toMatchObject({ traceId, spanId });
    expect(beginTrace({}, () => true).traceId).not.toBe(traceId);
  });

  it('is told what its caller asks', () => {
    const sample = (asked: boolean | null) => asked ?? expect.unreachable();
    for (const [flags, sampled] of [
      ['01', true],
      ['03', true],
      ['00', false],
      ['02', false],
    ] as const) {
      const headers = { traceparent: `00-${TRACE}-${SPAN}-${flags}` };
      expect(beginTrace(headers, sample)).toMatchObject({
        traceId: TRACE,
        parentId: SPAN,
        sampled,
      });
    }
  });

  it('hands the trace on with a span of its own', () => {
    expect(readTrace(traceparentOf(TRACE, SPAN, true))).toMatchObject({
      traceId: TRACE,
      parentId: SPAN,
      flags: '01',
    });
    expect(traceparentOf(TRACE, SPAN, false)).toMatch(/-00$/);
  });

  it('gives no id twice', () => {
    const ids = Array.from({ length: 10_000 }, newTraceId);
    expect(new Set(ids).size).toBe(10_000);
    expect(ids.every((id) => id.length === 32)).toBe(true);
  });
});
