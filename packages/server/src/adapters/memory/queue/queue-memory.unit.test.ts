import { expect, it } from 'vitest';
import { queueContract } from '../../../ports/queue.contract.ts';
import { createMemoryQueue } from './queue-memory.ts';

const BACKOFF_UNIT_MS = 20;

queueContract('memory', async () => ({
  queue: createMemoryQueue({ backoffUnitMs: BACKOFF_UNIT_MS }),
  backoffUnitMs: BACKOFF_UNIT_MS,
}));

it('refuses a job beyond its bound', async () => {
  const queue = createMemoryQueue({ maxJobs: 2 });
  await queue.add('n', new Uint8Array(1));
  await queue.add('n', new Uint8Array(1));
  await expect(queue.add('n', new Uint8Array(1))).rejects.toMatchObject({ code: 'unavailable' });
  await queue.close();
});
