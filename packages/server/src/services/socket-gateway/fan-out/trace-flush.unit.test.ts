import { expect, it } from 'vitest';
import { inLogContext, type Span } from '../../../kit/tracing/trace-context.ts';
import { createFlushTraces } from './trace-flush.ts';

const channel = (name: string) => ({ name, intervalMs: 0, take: () => [], resyncEvents: () => [] });
const CONTEXT = { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), sampled: true };

it('records the delivery of what is traced, as a child of what brought it, and of nothing else', () => {
  const spans: Span[] = [];
  const traceFlush = createFlushTraces({ span: (span) => void spans.push(span) });
  expect(traceFlush(channel('NIFTY'))).toBeNull();
  expect(inLogContext({ ...CONTEXT, sampled: false }, () => traceFlush(channel('NIFTY')))).toBeNull();
  const end = inLogContext({ ...CONTEXT }, () => traceFlush(channel('NIFTY')));
  expect(spans).toEqual([]);
  end?.(3);
  expect(spans).toMatchObject([
    {
      name: 'deliver NIFTY',
      ...{ traceId: CONTEXT.trace_id, parentSpanId: CONTEXT.span_id, outcome: 'ok' },
      attributes: { members: 3 },
    },
  ]);
  expect(spans[0].durationMs).toBeGreaterThanOrEqual(0);
});

it('follows a message to so many channels only', () => {
  const traceFlush = createFlushTraces({ span: () => undefined });
  const followed = inLogContext({ ...CONTEXT }, () =>
    Array.from({ length: 100 }, (_, i) => traceFlush(channel(`window ${i}`))),
  );
  expect(followed.filter((each) => each !== null)).toHaveLength(8);
});
