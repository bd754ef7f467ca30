import { LOG_LEVELS, LOGS } from '@deltastream/contracts';
import { afterEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { systemClock } from '../../../ports/clock.ts';
import { parseLogLine } from '../../../ports/stores/logs/log-line.ts';
import type { LineRules, LogEntry, LogStore } from '../../../ports/stores/logs/log-store.ts';
import { createLogging, type LoggingService } from '../service.ts';

const bus = createMemoryBus({ redeliveryDelayMs: 20 });
const services: LoggingService[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});

/** The service on a store that fails so many times at first. */
async function start(failures = 0) {
  const kept: LogEntry[] = [];
  let left = failures;
  const logs = {
    async appendLines(lines: readonly string[], rules: LineRules) {
      if (left-- > 0) throw new Error('disk full');
      kept.push(...lines.map((line) => parseLogLine(line, rules, LOG_LEVELS)));
    },
    problem: () => null,
  } as unknown as LogStore;
  const service = createLogging(
    { logs, clock: systemClock, logger: silentLogger, bus },
    { flushIntervalMs: 5, missingWaitMs: 200 },
  );
  services.push(service);
  await service.start();
  const missing = async () => {
    const metric = service.metrics.getSingleMetric('deltastream_logging_missing_total');
    return (await metric?.get())?.values[0]?.value;
  };
  return {
    missing,
    messages: () => kept.map(({ message }) => message),
  };
}

const send = (process: string, first: number, messages: readonly string[], count = messages.length) => {
  const lines = messages.map((message) => `${JSON.stringify({ level: 'info', service: 'feed', message })}\n`);
  return bus.publish(LOGS.name, LOGS.frames.encode({ process, first, count, lines: lines.join('') }));
};
it('stores the lines of other processes in order, also while the store fails at first', async () => {
  const { messages } = await start(3);
  await send('a', 1, ['1', '2', '3']);
  await send('b', 1, ['4']);
  await send('a', 4, ['5']);
  await expect.poll(messages).toEqual(['1', '2', '3', '4', '5']);
  await bus.drained();
});

it('leaves out what came before, and counts what never came', async () => {
  const { messages, missing } = await start();
  await send('c', 1, ['1', '2', '3']);
  await send('c', 1, ['1', '2', '3']);
  await send('c', 3, ['3', '4']);
  await send('c', 8, ['3 lines were dropped', '8'], 1);
  await expect.poll(messages).toEqual(['1', '2', '3', '4', '3 lines were dropped', '8']);
  await expect.poll(missing).toBe(3);
});

it('stores a batch of a service that died, which comes after later ones', async () => {
  const { messages } = await start();
  await send('e', 4, ['4', '5']);
  await send('e', 1, ['1', '2', '3']);
  await send('e', 4, ['4', '5']);
  await send('e', 6, ['6']);
  await expect.poll(messages).toEqual(['4', '5', '1', '2', '3', '6']);
});

it('puts a batch aside that has fewer lines than it says', async () => {
  const { messages } = await start();
  const before = (await bus.deadLetters(LOGS.name)).length;
  await send('d', 1, ['1'], 2);
  await expect.poll(async () => (await bus.deadLetters(LOGS.name)).length).toBe(before + 1);
  expect(messages()).toEqual([]);
});

it('counts as missing only what none of two services took, once', async () => {
  const [a, b] = [await start(), await start()];
  for (let first = 1; first <= 40; first += 1) {
    if (first !== 20) await send('f', first, [String(first)]);
  }
  await expect.poll(() => a.messages().length + b.messages().length).toBe(39);
  expect(Math.min(a.messages().length, b.messages().length)).toBeGreaterThan(0);
  const counted = async () => ((await a.missing()) ?? 0) + ((await b.missing()) ?? 0);
  await expect.poll(counted).toBe(1);
});
