import { WORKER_STATES, type WorkerState } from '@deltastream/contracts';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import type { HttpApp } from '../../../kit/http/http.ts';
import type { Service } from '../../../kit/lifecycle/service.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { createWorkerControl, type WorkerControl } from '../../../kit/lifecycle/worker-control.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import type { Bus } from '../../../ports/bus.ts';
import { createManualClock, type ManualClock } from '../../../ports/clock.ts';
import type { Queue } from '../../../ports/queue.ts';
import { createOperations } from '../service.ts';

let tokens: Awaited<ReturnType<typeof createTokens>>;
beforeAll(async () => {
  tokens = await createTokens();
});

describe('consumers over REST', () => {
  let bus: Bus;
  let queue: Queue;
  let clock: ManualClock;
  let service: Service;
  let app: HttpApp;
  let workers: WorkerControl[];

  beforeEach(async () => {
    bus = createMemoryBus();
    queue = createMemoryQueue();
    clock = createManualClock(1_000_000);
    workers = [];
    service = createOperations({ bus, queue, clock, verifier: tokens.verifier });
    app = createServiceApp({ logger: silentLogger, verifier: tokens.verifier, tokensRequired: false });
    if (service.routes) await app.register(service.routes);
  });
  afterEach(async () => {
    await Promise.all(workers.map((each) => each.stop()));
    await service.stop();
    await app.close();
    await Promise.all([bus.close(), queue.close()]);
  });

  const work = async (name: 'enricher' | 'storage', concurrency: number) => {
    const options = { service: name, concurrency, apply: () => {}, beatMs: 60_000 };
    const worker = createWorkerControl({ bus, clock, logger: silentLogger }, options);
    workers.push(worker);
    await worker.start();
    return worker;
  };
  async function call(body?: object, role: string | null = 'admin') {
    const headers = role === null ? {} : { authorization: `Bearer ${await tokens.tokenOf(role)}` };
    const response = await (body
      ? app.inject({ method: 'POST', url: '/api/admin/workers/scale', headers, payload: body })
      : app.inject({ method: 'GET', url: '/api/admin/workers', headers }));
    return { status: response.statusCode, body: response.json() };
  }
  const listed = async () =>
    ((await call()).body.workers as WorkerState[]).map((each) => `${each.service} ${each.concurrency}`);

  it('are for administrators', async () => {
    const order = { service: 'enricher', concurrency: 2 };
    for (const body of [undefined, order]) {
      expect((await call(body, null)).body.code).toBe('unauthenticated');
      expect((await call(body, 'trader')).body.code).toBe('forbidden');
    }
  });

  it('are listed, whether they began before or after, until they end', async () => {
    const first = await work('enricher', 8);
    await service.start();
    await work('storage', 128);
    await expect.poll(listed).toEqual(['enricher 8', 'storage 128']);
    await first.stop();
    await expect.poll(listed).toEqual(['storage 128']);
  });

  it('are forgotten when they fall silent', async () => {
    await service.start();
    await work('enricher', 8);
    await expect.poll(listed).toEqual(['enricher 8']);
    clock.set(clock.now() + 15_001);
    expect(await listed()).toEqual([]);
  });

  it('are forgotten by the time that passed, not by a wall clock that is set', async () => {
    await service.start();
    await work('enricher', 8);
    await expect.poll(listed).toEqual(['enricher 8']);
    clock.step(3_600_000);
    expect(await listed()).toEqual(['enricher 8']);
    clock.step(-7_200_000);
    clock.set(clock.now() + 15_001);
    expect(await listed()).toEqual([]);
  });

  it('that end while they begin are not there, and say nothing more', async () => {
    await service.start();
    const options = { service: 'enricher', concurrency: 8, apply: () => {}, beatMs: 1 } as const;
    const worker = createWorkerControl({ bus, clock, logger: silentLogger }, options);
    const starting = worker.start();
    await worker.stop();
    await starting;
    await worker.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await listed()).toEqual([]);
  });

  it('are scaled, all of a service or one', async () => {
    await service.start();
    const [one, two, other] = [
      await work('enricher', 8),
      await work('enricher', 9),
      await work('storage', 128),
    ];
    await expect.poll(listed).toHaveLength(3);
    const told = await call({ service: 'enricher', concurrency: 32 });
    expect(told.body).toMatchObject({ service: 'enricher', concurrency: 32 });
    expect(told.body.workers).toHaveLength(2);
    await expect.poll(listed).toEqual(['enricher 32', 'enricher 32', 'storage 128']);
    const [worker] = told.body.workers;
    await call({ service: 'enricher', concurrency: 1, worker });
    await expect
      .poll(async () => (await listed()).sort())
      .toEqual(['enricher 1', 'enricher 32', 'storage 128']);
    expect([one.concurrency(), two.concurrency()].sort()).toEqual([1, 32]);
    expect(other.concurrency()).toBe(128);
  });

  it('are refused what makes no sense', async () => {
    await service.start();
    await work('enricher', 8);
    await expect.poll(listed).toHaveLength(1);
    expect((await call({ service: 'enricher', concurrency: 0 })).body.code).toBe('invalid_request');
    expect((await call({ service: 'enricher', concurrency: 1025 })).body.code).toBe('invalid_request');
    expect((await call({ service: 'baker', concurrency: 2 })).body.code).toBe('not_found');
    expect((await call({ service: 'enricher', concurrency: 2, worker: 'w' })).body.code).toBe('not_found');
    expect(await listed()).toEqual(['enricher 8']);
  });

  it('that say something malformed do not disturb the list', async () => {
    await service.start();
    await bus.publish(WORKER_STATES.name, new TextEncoder().encode('no frame'));
    await work('enricher', 8);
    await expect.poll(listed).toEqual(['enricher 8']);
  });
});
