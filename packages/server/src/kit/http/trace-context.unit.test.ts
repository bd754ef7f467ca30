import { describe, expect, it } from 'vitest';
import { childTraceparent, readTrace } from './trace-context.ts';

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

  it('hands the trace on with a span of its own', () => {
    const trace = readTrace(`00-${TRACE}-${SPAN}-01`);
    if (trace === null) throw new Error('valid');
    const child = readTrace(childTraceparent(trace));
    expect(child).toMatchObject({ traceId: TRACE, flags: '01' });
    expect(child?.parentId).not.toBe(SPAN);
  });
});
