import { MARKET_CHAINS } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/bus-memory/bus-memory.ts';
import { createMemoryQueue } from '../../adapters/queue-memory/queue-memory.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';
import type { FeedSummary } from '../../services/feed/service.ts';
import { requireComplete, settledReplay } from './replay-failures.ts';

const JOB = 'enrich-chain';
const READ: FeedSummary = {
  ...{ chains: 2, ticks: 1, rejected: 1, rejectedByReason: { wrong_column_count: 1 } },
  ...{ firstTimestamp: 1, lastTimestamp: 2, elapsedMs: 5, stopped: false },
};
let bus: Bus;
let queue: Queue;
beforeEach(() => {
  bus = createMemoryBus();
  queue = createMemoryQueue({ backoffUnitMs: 50 });
});
afterEach(async () => {
  await bus.close();
  await queue.close();
});

const settled = (signal = new AbortController().signal, since = 0) =>
  settledReplay({ bus, queue }, [JOB], since, signal);

it('waits for what is tried again, to its end', async () => {
  let tries = 0;
  await queue.process(JOB, async () => {
    if (++tries < 3) throw new Error('the bus is away');
    await bus.publish(MARKET_CHAINS.name, new Uint8Array(1));
  });
  await queue.add(JOB, new Uint8Array(1));
  const failures = await settled();
  expect(tries).toBe(3);
  expect(failures).toEqual({ retried: { waitedFor: 1, done: 1 }, dead: new Map() });
  if (failures) requireComplete(failures, READ);
});

it('tells what failed for good since it began, by reason', async () => {
  const failing = async () => {
    throw new DeltaStreamError('malformed_message', 'chain has no strikes', { permanent: true });
  };
  await bus.consume(MARKET_CHAINS.name, 'enricher', failing);
  await queue.process(JOB, async () => {
    throw new Error('the bus is away');
  });
  await queue.add(JOB, new Uint8Array(1));
  for (let i = 0; i < 2; i++) await bus.publish(MARKET_CHAINS.name, new Uint8Array(1));
  const failures = await settled();
  expect(failures).toEqual({
    retried: { waitedFor: 1, done: 0 },
    dead: new Map([
      ['chain has no strikes', 2],
      ['the bus is away', 1],
    ]),
  });
  expect(() => failures && requireComplete(failures, READ)).toThrow(
    expect.objectContaining({
      code: 'replay_incomplete',
      message: expect.stringMatching(/^3 messages .*: 2 x chain has no strikes; 1 x the bus is away$/),
    }),
  );
  expect((await settled(undefined, Date.now() + 60_000))?.dead.size).toBe(0);
});

it('ends with a stop', async () => {
  await queue.add(JOB, new Uint8Array(1));
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 50);
  expect(await settled(stopping.signal)).toBeNull();
});

it('is not complete when every part was rejected and nothing was read', () => {
  const failures = { retried: { waitedFor: 0, done: 0 }, dead: new Map() };
  expect(() => requireComplete(failures, READ)).not.toThrow();
  expect(() => requireComplete(failures, { ...READ, chains: 0, ticks: 0 })).toThrow(
    expect.objectContaining({
      code: 'replay_incomplete',
      message: expect.stringMatching(/^nothing .* 1 parts were rejected: 1 x wrong_column_count$/),
    }),
  );
});
