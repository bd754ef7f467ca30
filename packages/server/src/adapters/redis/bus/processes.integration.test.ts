import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { AS_PRODUCT } from '../../../testing/killed-runs.fixture.ts';
import { useRedis } from '../../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../../testing/servers/redis-server.ts';
import { createRedisBus } from './bus-redis.ts';

const SCRIPT = fileURLToPath(new URL('./consumer-process.ts', import.meta.url));
const DEFAULT_VISIBILITY_MS = 3_000;

interface Consumer {
  readonly taken: { readonly value: number; readonly deliveries: number; readonly at: number }[];
  readonly done: number[];
  kill(): Promise<void>;
}

const frame = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

describe.runIf(haveRedisServer())('Redis bus over several processes', () => {
  const on = useRedis();
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  async function startConsumer(prefix: string, workMs: number): Promise<Consumer> {
    const args = [
      ...AS_PRODUCT,
      SCRIPT,
      on.server.url,
      prefix,
      't',
      'g',
      String(workMs),
      String(DEFAULT_VISIBILITY_MS),
    ];
    const child = spawn(execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const consumer: Consumer = {
      taken: [],
      done: [],
      async kill() {
        child.kill('SIGKILL');
        await once(child, 'exit');
      },
    };
    await new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [what, value, deliveries] = line.split(' ');
        if (what === 'ready') resolve();
        if (what === 'done') consumer.done.push(Number(value));
        if (what === 'take') {
          consumer.taken.push({
            value: Number(value),
            deliveries: Number(deliveries),
            at: performance.now(),
          });
        }
      });
    });
    return consumer;
  }

  it('shares the frames of a group between processes, each frame once', async () => {
    const bus = await createRedisBus({ url: on.server.url, prefix: 'share' });
    const consumers = [await startConsumer('share', 1), await startConsumer('share', 1)];
    for (let i = 0; i < 400; i++) await bus.publish('t', frame(i));
    await bus.drained();
    await expect.poll(() => consumers.flatMap(({ done }) => done).length).toBe(400);
    const values = consumers.flatMap(({ done }) => done).toSorted((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: 400 }, (_, i) => i));
    for (const { done } of consumers) expect(done.length).toBeGreaterThan(0);
    await bus.close();
  });

  it('delivers what a killed process was handling to another, counting the delivery', async () => {
    const bus = await createRedisBus({ url: on.server.url, prefix: 'kill' });
    const victim = await startConsumer('kill', 60_000);
    for (let i = 0; i < 4; i++) await bus.publish('t', frame(i));
    await expect.poll(() => victim.taken.length).toBe(4);
    const heir = await startConsumer('kill', 1);
    await victim.kill();
    const killedAt = performance.now();
    await bus.drained();
    await expect.poll(() => heir.done.toSorted()).toEqual([0, 1, 2, 3]);
    const slowest = Math.max(...heir.taken.map(({ at }) => at - killedAt));
    process.stdout.write(`kill -9: 4 frames being handled, redelivered after ${slowest.toFixed(0)} ms\n`);
    expect(slowest).toBeLessThan(5 * DEFAULT_VISIBILITY_MS);
    expect(heir.taken.map(({ deliveries }) => deliveries)).toEqual([2, 2, 2, 2]);
    await expect.poll(() => bus.stats().find(({ group }) => group === 'g')?.redeliveries).toBe(4);
    expect(await bus.deadLetters('t')).toEqual([]);
    await bus.close();
  });
});
