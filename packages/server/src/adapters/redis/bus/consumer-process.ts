import { flushCompileCache } from 'node:module';
import { argv, stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRedisBus } from './bus-redis.ts';

/**
 * A consumer in a process of its own, for tests that kill it: prints `take N DELIVERIES` before and
 * `done N` after it works on the frame that holds the number N.
 */
// It is killed, and leaves the next one what it compiled.
flushCompileCache();
const [url, prefix, topic, group, workMs, visibilityMs] = argv.slice(2);
const bus = await createRedisBus({ url, prefix, visibilityMs: Number(visibilityMs) });
await bus.consume(
  topic,
  group,
  async ({ frame, deliveries }) => {
    const value = Buffer.from(frame).readUInt32LE();
    stdout.write(`take ${value} ${deliveries}\n`);
    await sleep(Number(workMs));
    stdout.write(`done ${value}\n`);
  },
  { concurrency: 4 },
);
stdout.write('ready\n');
