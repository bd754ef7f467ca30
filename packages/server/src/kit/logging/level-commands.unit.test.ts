import { LOG_LEVEL_COMMANDS } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { followLogLevels } from './level-commands.ts';
import { createLogger, serviceLogger } from './log.ts';

it('changes the level of a service while it runs, and says what it left out', async () => {
  const lines: string[] = [];
  const bus = createMemoryBus();
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  const following = await followLogLevels(bus, logger);
  const { name, frames } = LOG_LEVEL_COMMANDS;
  await bus.publish(name, frames.encode({ service: 'feed', level: 'debug' }));
  await bus.publish(name, new Uint8Array([1]));
  await expect.poll(() => lines.length).toBe(2);
  serviceLogger(logger, 'feed').event('chain_processing_started');
  serviceLogger(logger, 'storage').event('chain_processing_started');
  await following.stop();
  await bus.close();
  expect(lines.map((line) => JSON.parse(line).event)).toEqual([
    'log_level_changed',
    'log_level_left_out',
    'chain_processing_started',
  ]);
});

it('says that a log is silenced, and that it no longer is', async () => {
  const lines: string[] = [];
  const bus = createMemoryBus();
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  const following = await followLogLevels(bus, logger);
  const { name, frames } = LOG_LEVEL_COMMANDS;
  for (const level of ['silent', 'info'] as const)
    await bus.publish(name, frames.encode({ service: null, level }));
  await expect.poll(() => lines.length).toBe(2);
  await following.stop();
  await bus.close();
  expect(lines.map((line) => JSON.parse(line).to)).toEqual(['silent', 'info']);
});
