import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPERATOR_COMMANDS, type OperatorCommand } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { traceBus } from '../../../kit/tracing/traced-bus.ts';
import { systemClock } from '../../../ports/clock.ts';
import { createLogging } from '../../logging/service.ts';
import { createOperations } from '../../operations/service.ts';
import { RELAXED } from '../auth.fixture.ts';
import { createAuth } from '../service.ts';

const { verifier, tokenOf } = await createTokens();
const RULE = { name: 'many errors', level: 'error', above: 3, window_seconds: 60 };

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operator-commands-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true });
});

/** Auth, operations and logging beside each other on one bus. */
async function start() {
  const bus = traceBus(createMemoryBus({ redeliveryDelayMs: 1 }), silentLogger);
  const logs = await createFileLogStore({ folder: join(folder, 'logs') });
  const users = createMemoryUserStore();
  const common = { bus, clock: systemClock, logger: silentLogger };
  const auth = createAuth({ ...common, users }, { keyFile: join(folder, 'key.json'), ...RELAXED });
  const operations = createOperations({ ...common, queue: createMemoryQueue(), verifier });
  const logging = createLogging({ ...common, logs, verifier }, { folder: join(folder, 'logs') });
  const app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
  for (const service of [auth, operations, logging]) {
    await service.start();
    if (service.routes) await app.register(service.routes);
  }
  ends.push(
    () => bus.close(),
    () => logs.close(),
    ...[auth, logging, operations].map((service) => () => service.stop()),
    () => app.close(),
  );
  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: object,
    role = 'admin',
  ) => {
    const headers = { authorization: `Bearer ${await tokenOf(role)}` };
    return app.inject({ method, url, payload, headers });
  };
  const trail = async () => {
    await bus.drained();
    const { events } = (await ask('GET', '/api/admin/audit')).json();
    return (events as { event: string; details: Record<string, unknown> }[])
      .filter(({ event }) => event === 'operator_command')
      .map(({ details }) => details)
      .toReversed();
  };
  return { ask, bus, trail };
}

it('what an operator tells any service is in the trail: who, what, and what came of it', async () => {
  const { ask, trail } = await start();
  await ask('POST', '/api/admin/log-levels', { service: 'feed', level: 'debug' });
  await ask('POST', '/api/admin/workers/scale', { service: 'storage', concurrency: 4 });
  await ask('POST', '/api/admin/dlq/message:market:ticks:7/discard');
  const { id } = (await ask('POST', '/api/logs/alerts', RULE)).json();
  await ask('PUT', `/api/logs/alerts/${id}`, { ...RULE, above: 9 });
  await ask('DELETE', `/api/logs/alerts/${id}`);
  await ask('GET', '/api/admin/dlq');
  await ask('GET', '/api/logs/alerts');
  const told = await trail();
  expect(told.map(({ command, result }) => [command, result])).toEqual([
    ['POST /api/admin/log-levels', 'ok'],
    ['POST /api/admin/workers/scale', 'not_found'],
    ['POST /api/admin/dlq/:id/discard', 'not_found'],
    ['POST /api/logs/alerts', 'ok'],
    ['PUT /api/logs/alerts/:id', 'ok'],
    ['DELETE /api/logs/alerts/:id', 'ok'],
  ]);
  expect(told[0]).toMatchObject({
    ...{ by: 'u', key_id: null, ip: '127.0.0.1', handled_by: 'operations', target: {} },
    request: '{"service":"feed","level":"debug"}',
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    request_id: expect.any(String),
  });
  expect(told[2].target).toEqual({ id: 'message:market:ticks:7' });
  expect(told[4]).toMatchObject({ handled_by: 'logging', target: { id } });
});

it('what a caller may not do, or does not fit its schema, is none, and only administrators see the trail', async () => {
  const { ask, trail } = await start();
  for (const role of ['trader', 'viewer']) {
    const asked = ask('POST', '/api/admin/log-levels', { level: 'debug' }, role);
    expect((await asked).statusCode).toBe(403);
    expect((await ask('POST', '/api/logs/alerts', RULE, role)).statusCode).toBe(403);
    expect((await ask('GET', '/api/admin/audit', undefined, role)).statusCode).toBe(403);
  }
  expect((await ask('POST', '/api/admin/log-levels', { level: 'loud' })).statusCode).toBe(400);
  expect(await trail()).toEqual([]);
});

it('a command that is delivered again is in the trail once', async () => {
  const { bus, trail } = await start();
  const command: OperatorCommand = {
    ...{ id: 'c1', at: 1_795_680_000_000, command: 'deltastream dlq replay', handled_by: 'command line' },
    ...{ by: null, key_id: null, ip: 'ops@host', target: { id: 'x' }, request: null, result: 'ok' },
    request_id: null,
  };
  for (let i = 0; i < 2; i++)
    await bus.publish(OPERATOR_COMMANDS.name, OPERATOR_COMMANDS.frames.encode(command));
  expect(await trail()).toMatchObject([{ command_id: 'c1', ip: 'ops@host', at: '2026-11-26T08:00:00.000Z' }]);
});
