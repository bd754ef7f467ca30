import { type PriceUpdate, REPLAY_COMMANDS, type SubscriptionRequest } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createLogger, type Logger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { inLogContext, logContext, traceparentOf } from '../../../kit/tracing/trace-context.ts';
import { traceBus } from '../../../kit/tracing/traced-bus.ts';
import { type Client, createGatewayHarness } from './gateway.fixture.ts';

const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);

interface SpanLine {
  readonly name: string;
  readonly trace_id: string;
  readonly parent_span_id: string | null;
  readonly user_id?: string;
}

let spans: SpanLine[];
let logger: Logger;
beforeEach(() => {
  spans = [];
  const tracing = { traceSampleRate: 1e-12, traceSlowMs: 60_000, traceAskedPerSecond: 2 };
  const write = (line: string) => void spans.push(JSON.parse(line));
  logger = createLogger('debug', { write }, tracing);
});
const { startGateway, join, closeAll } = createGatewayHarness(() => traceBus(createMemoryBus(), logger));
afterEach(closeAll);

const pricesOf = async (client: Client, request: SubscriptionRequest): Promise<PriceUpdate[]> => {
  const updates: PriceUpdate[] = [];
  client.on('price_update', (update) => updates.push(update));
  await expect.poll(() => client.emitWithAck('subscribe', request)).toMatchObject({ ok: true });
  return updates;
};
const inTrace = <Result>(work: () => Result, sampled = true): Result =>
  inLogContext({ trace_id: TRACE, span_id: SPAN, sampled }, work);

it('gives the trace of each message to who asks for it, and to nobody else', async () => {
  const gateway = await startGateway({}, 1, { logger });
  await gateway.tick('A', 1);
  const asked = await pricesOf(await join(gateway.url), {
    ...{ type: 'product', symbol: 'A', interval_ms: 0, trace: true },
  });
  const plain = await pricesOf(await join(gateway.url), { type: 'product', symbol: 'A', interval_ms: 0 });
  await inTrace(() => gateway.tick('A', 2));
  await gateway.tick('A', 3);
  await inTrace(() => gateway.tick('A', 4), false);
  await expect.poll(() => [asked.length, plain.length]).toEqual([3, 3]);
  expect(asked[0].traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  expect(asked[1]).not.toHaveProperty('traceparent');
  expect(asked[2].traceparent).toMatch(/-00$/);
  expect(plain.filter((update) => 'traceparent' in update)).toEqual([]);
});

it('gives that of the newest message where several became one update', async () => {
  const gateway = await startGateway({}, 1, { logger });
  await gateway.chain('A', '2026-08-25', 1);
  const client = await join(gateway.url);
  const updates: { traceparent?: string; seq: number }[] = [];
  client.on('chain_summary', (update) => updates.push(update));
  const request: SubscriptionRequest = { type: 'summary', symbol: 'A', interval_ms: 1_000, trace: true };
  await expect.poll(() => client.emitWithAck('subscribe', request)).toMatchObject({ ok: true });
  await gateway.chain('A', '2026-08-25', 2);
  await expect.poll(() => updates.length).toBe(1);
  await inTrace(() => gateway.chain('A', '2026-08-25', 3));
  await gateway.chain('A', '2026-08-25', 4);
  await expect.poll(() => updates.length).toBe(2);
  expect(updates[0]).not.toHaveProperty('traceparent');
  expect(updates[1]).toMatchObject({ seq: 4, traceparent: expect.stringContaining(TRACE) });
});

it('continues the trace that a command names, on the bus as well', async () => {
  const { verifier, tokenOf } = await createTokens();
  const gateway = await startGateway({}, 1, { logger, verifier });
  const contexts: unknown[] = [];
  await gateway.bus.follow(REPLAY_COMMANDS.name, 'latest', ({ frame }) => {
    contexts.push({ ...logContext(), command: REPLAY_COMMANDS.frames.decode(frame) });
  });
  const client = await join(gateway.url, { auth: { token: await tokenOf('admin') } });
  const traceparent = traceparentOf(TRACE, SPAN, true);
  expect(await client.emitWithAck('replay', { action: 'pause', traceparent })).toEqual({ ok: true });
  await expect.poll(() => contexts).toMatchObject([{ trace_id: TRACE, command: { action: 'pause' } }]);
  await expect
    .poll(() => spans)
    .toContainEqual(
      expect.objectContaining({
        name: 'socket replay',
        trace_id: TRACE,
        parent_span_id: SPAN,
        kind: 'consumer',
      }),
    );

  spans.length = 0;
  for (const named of ['nonsense', traceparentOf('0'.repeat(32), SPAN, true)])
    expect(await client.emitWithAck('replay', { action: 'pause', traceparent: named })).toEqual({ ok: true });
  expect(spans).toEqual([]);
});

it('records no more commands of a second than requests', async () => {
  const gateway = await startGateway({}, 1, { logger });
  await gateway.tick('A', 1);
  const client = await join(gateway.url);
  const request: SubscriptionRequest = { type: 'product', symbol: 'A' };
  await expect.poll(() => client.emitWithAck('subscribe', request)).toMatchObject({ ok: true });
  const traceparent = traceparentOf(TRACE, SPAN, true);
  await Promise.all(
    Array.from({ length: 12 }, () => client.emitWithAck('unsubscribe', { ...request, traceparent })),
  );
  const recorded = spans.filter(({ name }) => name === 'socket unsubscribe').length;
  expect(recorded).toBeGreaterThan(0);
  // Two of a second, and what is answered may begin in one and end in the next.
  expect(recorded).toBeLessThanOrEqual(4);
});
