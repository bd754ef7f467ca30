import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { systemClock } from '../../../ports/clock.ts';
import { createLogging } from '../service.ts';
import { createFakeTarget, freeAddress } from './fake-target.fixture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-before-shipping-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('ships after the next start what the store took just before a kill', async () => {
  const child = fork(new URL('./kill-after-store.fixture.ts', import.meta.url), [
    folder,
    await freeAddress(),
  ]);
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');

  const target = await createFakeTarget(() => ({ status: 204 }));
  const logs = await createFileLogStore({ folder });
  const stored = (await logs.query({ limit: 1_000, service: 'feed' })).map(({ message }) => message);
  expect(stored.length).toBeGreaterThan(0);
  const logging = createLogging(
    { logs, logger: silentLogger, clock: systemClock },
    { folder, shipping: { shipLogsTo: [`loki+${target.url}`], batchAgeMs: 10 } },
  );
  await logging.start();
  const shipped = () => target.requests.map(({ body }) => body).join();
  await expect.poll(() => stored.filter((message) => !shipped().includes(`"${message}"`))).toEqual([]);
  await logging.stop();
  await logs.close();
  await target.close();
});

it('ships a batch once that the store takes at the second try', async () => {
  const target = await createFakeTarget(() => ({ status: 204 }));
  const store = await createFileLogStore({ folder });
  let isFailing = true;
  const logging = createLogging(
    {
      logs: {
        ...store,
        async appendLines(...given) {
          if (isFailing) throw new Error('no room');
          return store.appendLines(...given);
        },
      },
      ...{ logger: silentLogger, clock: systemClock },
    },
    { folder, shipping: { shipLogsTo: [`loki+${target.url}`], batchAgeMs: 10 }, flushIntervalMs: 5 },
  );
  await logging.start();
  logging.logSink.write('{"level":"info","service":"feed","message":"first"}');
  await expect.poll(() => target.requests.length).toBe(1);
  isFailing = false;
  await expect.poll(async () => (await store.query({ limit: 10 })).length).toBe(1);
  logging.logSink.write('{"level":"info","service":"feed","message":"second"}');
  await expect.poll(() => target.requests.length).toBe(2);
  expect(target.requests.filter(({ body }) => body.includes('"first"'))).toHaveLength(1);
  await logging.stop();
  await store.close();
  await target.close();
});
