import { MARKET_TICKS, type UnderlyingTick } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { INGEST } from '../../../kit/ingest/ingest-settings.ts';
import { shareIntake } from '../../../kit/ingest/shared-intake.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { Identity, TokenVerifier } from '../../../kit/tokens/token.ts';
import type { Bus } from '../../../ports/bus.ts';
import { systemClock } from '../../../ports/clock.ts';
import { createGatewayHarness } from '../testing/gateway.fixture.ts';
import { ingestOf } from './client-ingest.ts';

/** Tokens `role` and `role scope,scope`. */
const verifier: TokenVerifier = {
  async verify(token) {
    const [role, scopes] = token.split(' ');
    return {
      ...{ userId: role, email: 'e', sessionId: token, exp: 4e9 },
      role: role as Identity['role'],
      scopes: scopes === undefined ? null : (scopes.split(',') as Identity['scopes']),
    };
  },
  onRevoked: () => () => {},
};

let bus: Bus;
let harness: ReturnType<typeof createGatewayHarness>;
beforeEach(() => {
  bus = createMemoryBus();
  harness = createGatewayHarness(() => bus);
});
afterEach(() => harness.closeAll());

const HERE = { identity: null, address: '127.0.0.1' };
const parts = () => ({ bus, clock: systemClock, logger: silentLogger });

async function start(withIntake = true) {
  const intake = shareIntake(parts(), { ...INGEST.defaults, dataset: 'recorded' }, null);
  return harness.startGateway({}, 1, { verifier, ...(withIntake && { intake }) });
}

const tick = { product: 'NIFTY', timestamp: Date.now() - 1_000, price: 24_200 };

it('takes quotes of a client and says what became of each line', async () => {
  const ticks: UnderlyingTick[] = [];
  await bus.follow(MARKET_TICKS.name, 'latest', ({ frame }) => ticks.push(MARKET_TICKS.frames.decode(frame)));
  const { url } = await start();
  const client = await harness.join(url, {});
  const lines = [tick, { ...tick, price: -1 }];
  expect(await client.emitWithAck('ingest', { kind: 'ticks', lines })).toMatchObject({
    ...{ ok: true, accepted: 1, rejected: 1, dataset: 'recorded' },
    rejections: [{ line: 2 }],
  });
  await expect.poll(() => ticks).toMatchObject([{ seq: 1, source: 'socket', price: 24_200 }]);
  expect(await client.emitWithAck('ingest', { kind: 'ticks', lines: [] })).toMatchObject({
    ...{ ok: false, error: { code: 'invalid_request' } },
  });
});

it('takes nothing from another machine without a token, where everybody may read', async () => {
  const intake = shareIntake(parts(), { ...INGEST.defaults, dataset: 'recorded' }, null);
  const request = { kind: 'ticks', lines: [tick] };
  expect(await ingestOf(request, { ...HERE, address: '192.0.2.7' }, intake)).toMatchObject({
    ...{ ok: false, error: { code: 'unauthenticated' } },
  });
  expect(await ingestOf(request, HERE, intake)).toMatchObject({ ok: true, accepted: 1 });
});

it('rejects a line that is nested without end, and goes on', async () => {
  const intake = shareIntake(parts(), { ...INGEST.defaults, dataset: 'recorded' }, null);
  // Within the 16 KiB of a message; a client of this language could not write it.
  const deep = JSON.parse(`${'{"0":'.repeat(2_600)}1${'}'.repeat(2_600)}`);
  const lines = [{ ...tick, price: deep }, tick];
  expect(await ingestOf({ kind: 'ticks', lines }, HERE, intake)).toMatchObject({
    ...{ ok: true, accepted: 1, rejected: 1, rejections: [{ line: 1 }] },
  });
});

it.each([
  ['viewer', 'forbidden'],
  ['trader market:read', 'forbidden'],
  ['trader market:read,ingest', null],
  ['trader', null],
])('of the token %s: %s', async (token, code) => {
  const { url } = await start();
  const client = await harness.join(url, { auth: { token } });
  const response = await client.emitWithAck('ingest', { kind: 'ticks', lines: [tick] });
  expect(response.ok ? null : response.error.code).toBe(code);
});

it('says where none are taken', async () => {
  const { url } = await start(false);
  const client = await harness.join(url, {});
  expect(await client.emitWithAck('ingest', { kind: 'ticks', lines: [tick] })).toMatchObject({
    ...{ ok: false, error: { code: 'unavailable' } },
  });
});
