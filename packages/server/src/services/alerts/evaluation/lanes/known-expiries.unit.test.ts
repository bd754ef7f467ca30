import { expect, test } from 'vitest';
import { START_MS } from '../evaluation.fixture.ts';
import { createKnownExpiries } from './known-expiries.ts';

const HOUR_MS = 3_600_000;
const [NEAR, FAR] = [START_MS + 8 * HOUR_MS, START_MS + 200 * HOUR_MS];

function created() {
  const expiries = createKnownExpiries(HOUR_MS);
  const see = (expiry: 'near' | 'far', atMs: number) => {
    expiries.see(expiry, expiry === 'near' ? NEAR : FAR, atMs);
    return expiries.nearest();
  };
  return { expiries, see };
}

test('which is the nearest is known once an expiry came for the second time', () => {
  const { see } = created();
  expect([see('far', START_MS), see('near', START_MS), see('far', START_MS + 1)]).toEqual([
    null,
    null,
    'near',
  ]);
});

test('one that is remembered is the nearest until it passes; then it has to be found anew', () => {
  const { expiries, see } = created();
  expiries.add('near', NEAR, false);
  expect([see('far', START_MS), see('near', START_MS)]).toEqual(['near', 'near']);
  const lost = created();
  lost.expiries.add('near', NEAR, false);
  expect([lost.see('far', NEAR + 1), lost.see('far', NEAR + 2)]).toEqual([null, 'far']);
});

test('when it passes the next one is the nearest', () => {
  const { see } = created();
  see('near', START_MS);
  see('near', START_MS + 1);
  expect([see('far', NEAR), see('far', NEAR + 1)]).toEqual(['near', 'far']);
});

test('one that no chain comes of any more is left behind, but not in a night', () => {
  const { see } = created();
  see('near', START_MS);
  see('far', START_MS);
  expect(see('far', START_MS + 7 * HOUR_MS)).toBe('near');
  const { see: seen } = created();
  seen('near', START_MS);
  const hour = Array.from({ length: 62 }, (_, i) => seen('far', START_MS + 60_000 * i));
  expect([hour[60], hour[61]]).toEqual(['near', 'far']);
});

test('those that passed long ago are forgotten', () => {
  const { expiries, see } = created();
  see('near', START_MS);
  see('far', NEAR + HOUR_MS);
  expect([expiries.forget(HOUR_MS), expiries.forget(HOUR_MS - 1), expiries.forget(0)]).toEqual([
    [],
    ['near'],
    [],
  ]);
  expect([expiries.expiryAt('near'), expiries.expiryAt('far')]).toEqual([null, FAR]);
});
