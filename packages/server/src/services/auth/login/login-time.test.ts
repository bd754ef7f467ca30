import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/bus-memory/bus-memory.ts';
import { createSqliteUserStore } from '../../../adapters/user-store-sqlite/user-store-sqlite.ts';
import { type AuthFixture, createAuthFixture, trader } from '../auth.fixture.ts';
import { compareSamples } from './two-samples.fixture.ts';

let fixture: AuthFixture;
beforeEach(async () => {
  fixture = await createAuthFixture((file) => createSqliteUserStore({ file }), createMemoryBus);
});
afterEach(() => fixture.remove());

const PAIRS = 1000;
/** Equal distributions give p < 0.05 once in twenty; three times in a row once in 8,000. */
const TRIES = 3;

it('a refused login takes as long for a known as for an unknown account', async () => {
  const { post } = await fixture.start({ refusalJitterMs: 5 });
  await post('register', trader);
  const time = async (email: string) => {
    const begin = performance.now();
    const { status } = await post('login', { email, password: 'a wrong password' });
    expect(status).toBe(401);
    return performance.now() - begin;
  };
  const probabilities: number[] = [];
  for (let attempt = 0; attempt < TRIES && !probabilities.some((p) => p > 0.05); attempt++) {
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < PAIRS; i++) {
      const order = [
        () => time(trader.email).then((ms) => known.push(ms)),
        () => time('nobody@example.com').then((ms) => unknown.push(ms)),
      ];
      for (const run of i % 2 === 0 ? order : order.toReversed()) await run();
    }
    probabilities.push(compareSamples(known, unknown).p);
  }
  expect(Math.max(...probabilities)).toBeGreaterThan(0.05);
}, 120_000);

it('the comparison tells distributions apart that differ', () => {
  const sample = (shift: number) =>
    Array.from({ length: 1000 }, (_, i) => (((i * 7919) % 1000) + 0.5) / 1000 + shift);
  expect(compareSamples(sample(0), sample(0.0001)).p).toBeGreaterThan(0.99);
  expect(compareSamples(sample(0), sample(0.1)).p).toBeLessThan(0.001);
});
