import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createSqliteUserStore } from '../../../adapters/sqlite/user-store/user-store-sqlite.ts';
import { type AuthFixture, createAuthFixture, trader } from '../auth.fixture.ts';
import { distributionDistance } from './two-samples.fixture.ts';

let fixture: AuthFixture;
beforeEach(async () => {
  fixture = await createAuthFixture((file) => createSqliteUserStore({ file }), createMemoryBus);
});
afterEach(() => fixture.remove());

const PAIRS = 1000;
/** So that a threshold guesses right 55 times in 100 at best. Equal distributions come as far once in 10,000 runs. */
const MAX_DISTANCE = 0.1;

it('a refused login takes as long for a known as for an unknown account', {
  tags: ['timing'],
}, async () => {
  const { post } = await fixture.start({ refusalJitterMs: 5 });
  await post('register', trader);
  const time = async (email: string) => {
    const begin = performance.now();
    const { status } = await post('login', { email, password: 'a wrong password' });
    expect(status).toBe(401);
    return performance.now() - begin;
  };
  const known: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < PAIRS; i++) {
    const order = [
      () => time(trader.email).then((ms) => known.push(ms)),
      () => time('nobody@example.com').then((ms) => unknown.push(ms)),
    ];
    for (const run of i % 2 === 0 ? order : order.toReversed()) await run();
  }
  expect(distributionDistance(known, unknown)).toBeLessThan(MAX_DISTANCE);
});

it('the comparison tells distributions apart that differ', () => {
  const sample = (shift: number) =>
    Array.from({ length: 1000 }, (_, i) => (((i * 7919) % 1000) + 0.5) / 1000 + shift);
  expect(distributionDistance(sample(0), sample(0.0001))).toBeLessThan(0.01);
  expect(distributionDistance(sample(0), sample(0.2))).toBeCloseTo(0.2);
});
