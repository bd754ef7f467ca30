import { ENRICHED_TICKS, MARKET_TICKS } from '@deltastream/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../adapters/memory/queue/queue-memory.ts';
import { createLogger } from '../logging/log.ts';
import { inLogContext, logContext } from './trace-context.ts';
import { traceBus } from './traced-bus.ts';
import { traceQueue } from './traced-queue.ts';

const FRAME = new Uint8Array([1, 2, 3]);
const REQUEST = { request_id: 'r1', user_id: '123', trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) };

interface Line {
  readonly name: string;
  readonly level: string;
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly request_id?: string;
  readonly delay_ms: number;
  readonly outcome: string;
}

function traced(traceSampleRate: number, traceSlowMs = 1_000) {
  const spans: Line[] = [];
  const sink = { write: (line: string) => void spans.push(JSON.parse(line)) };
  const logger = createLogger('info', sink, { traceSampleRate, traceSlowMs, traceAskedPerSecond: 0 });
  const memory = createMemoryBus();
  return { spans, memory, bus: traceBus(memory, logger), queue: traceQueue(createMemoryQueue(), logger) };
}
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('a bus that is traced', () => {
  it('follows a tick from the feed over two hops, each a child of the one before', async () => {
    const { bus, spans } = traced(1);
    const came = Promise.withResolvers<void>();
    await bus.consume(MARKET_TICKS.name, 'enricher', async ({ frame }) => {
      await bus.publish(ENRICHED_TICKS.name, frame);
    });
    await bus.follow(ENRICHED_TICKS.name, 'latest', () => came.resolve());
    await bus.publish(MARKET_TICKS.name, FRAME);
    await came.promise;
    await bus.drained();
    await expect.poll(() => spans.length).toBe(4);
    const byName = new Map(spans.map((span) => [span.name, span]));
    const names = [
      `publish ${MARKET_TICKS.name}`,
      `enricher ${MARKET_TICKS.name}`,
      `publish ${ENRICHED_TICKS.name}`,
      `follow ${ENRICHED_TICKS.name}`,
    ];
    const way = names.map((name) => byName.get(name) as Line);
    expect(new Set(spans.map(({ trace_id }) => trace_id)).size).toBe(1);
    expect(way.map(({ parent_span_id }) => parent_span_id)).toEqual([
      null,
      ...way.slice(0, 3).map(({ span_id }) => span_id),
    ]);
    for (const hop of [way[1], way[3]]) expect(hop.delay_ms).toBeGreaterThanOrEqual(0);
    await bus.close();
  });

  it('adds nothing to a message of nobody that is not sampled', async () => {
    const { bus, memory, spans } = traced(0);
    const contexts: unknown[] = [];
    await memory.follow(MARKET_TICKS.name, 'latest', ({ context }) => contexts.push(context));
    await bus.publish(MARKET_TICKS.name, FRAME);
    await expect.poll(() => contexts).toEqual([undefined]);
    expect(spans).toEqual([]);
    await bus.close();
  });

  it('says for whom a message is, sampled or not, also to what is published from it', async () => {
    const { bus, spans } = traced(0);
    const seen = Promise.withResolvers<unknown>();
    await bus.consume(MARKET_TICKS.name, 'enricher', async ({ frame }) => {
      await bus.publish(ENRICHED_TICKS.name, frame);
    });
    await bus.follow(ENRICHED_TICKS.name, 'latest', () => seen.resolve({ ...logContext() }));
    await inLogContext({ ...REQUEST }, () => bus.publish(MARKET_TICKS.name, FRAME));
    expect(await seen.promise).toMatchObject({
      request_id: 'r1',
      user_id: '123',
      trace_id: REQUEST.trace_id,
    });
    expect(spans).toEqual([]);
    await bus.close();
  });

  it('records what fails although it is not sampled, and hands the failure on', async () => {
    const { bus, spans } = traced(1e-12);
    const broken = Object.assign(new Error('malformed'), { permanent: true });
    await bus.consume('other', 'storage', () => Promise.reject(broken));
    await bus.publish('other', FRAME);
    await inLogContext({ ...REQUEST, sampled: false }, () => bus.publish('other', FRAME));
    await expect.poll(() => spans.length).toBe(2);
    expect(spans.map(({ level, outcome, request_id }) => [level, outcome, request_id])).toEqual([
      ['warn', 'error', undefined],
      ['warn', 'error', 'r1'],
    ]);
    expect(spans[1]).toMatchObject({ trace_id: REQUEST.trace_id, parent_span_id: REQUEST.span_id });
    await bus.close();
  });

  it('records slow work that nobody asked for as a trace of its own', async () => {
    const { bus, queue, spans } = traced(1e-12, 1);
    const busy = () => {
      for (const until = performance.now() + 2; performance.now() < until; );
    };
    await bus.follow('other', 'latest', busy);
    await bus.consume('other', 'storage', async () => busy());
    await bus.consume('other', 'quick', async () => undefined);
    await queue.process('rollup', async () => busy());
    await bus.publish('other', FRAME);
    await queue.add('rollup', FRAME);
    const names = () => spans.filter(({ outcome }) => outcome === 'ok').map(({ name }) => name);
    await expect
      .poll(() => names())
      .toEqual(expect.arrayContaining(['follow other', 'storage other', 'job rollup']));
    expect(new Set(spans.map(({ trace_id }) => trace_id)).size).toBe(spans.length);
    expect(spans.every(({ parent_span_id }) => parent_span_id === null)).toBe(true);
    await Promise.all([bus.close(), queue.close()]);
  });

  it('handles a message of nobody in no context, although it is delivered in the turn of somebody', async () => {
    const { bus, memory } = traced(1);
    const seen: unknown[] = [];
    await bus.follow('other', 'latest', () => seen.push(logContext()));
    await inLogContext({ ...REQUEST }, () => memory.publish('other', FRAME));
    await expect.poll(() => seen).toEqual([undefined]);
    await bus.close();
  });

  it('handles a message whose context is not understood as one that has none', async () => {
    const { bus, memory } = traced(1);
    const seen: unknown[] = [];
    await bus.follow('other', 'latest', () => seen.push(logContext()));
    for (const context of ['', 'no json', '[]', '{"p":5}', `{"p":"${'x'.repeat(3_000)}"}`]) {
      await memory.publish('other', FRAME, context);
    }
    await expect.poll(() => seen.length).toBe(5);
    expect(
      seen.filter((context) => context !== undefined && Object.keys(context as object).length > 0),
    ).toEqual([]);
    await bus.close();
  });
});

it('a job is done for who added it, and each try is recorded in that trace', async () => {
  const { queue, spans } = traced(1);
  const seen = Promise.withResolvers<unknown>();
  await queue.process('export', async () => seen.resolve({ ...logContext() }));
  await inLogContext({ ...REQUEST, sampled: true }, () => queue.add('export', FRAME));
  expect(await seen.promise).toMatchObject({ request_id: 'r1', user_id: '123' });
  await expect.poll(() => spans.length).toBe(1);
  expect(spans[0]).toMatchObject({ name: 'job export', parent_span_id: REQUEST.span_id, request_id: 'r1' });
  await queue.close();
});
