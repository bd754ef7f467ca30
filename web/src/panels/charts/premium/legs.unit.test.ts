import { expect, it } from 'vitest';
import { type Leg, legText, MOST_LEGS, readLegs, requestOfLegs, withLeg, writeLegs } from './legs.ts';

const LISTED = [100, 102.5, 105, 110, 115, 120, 125, 130];
const CALL: Leg = { strike: 102.5, side: 'call', quantity: -2 };
const PUT: Leg = { strike: 100, side: 'put', quantity: 1 };

it('reads legs of an address, and leaves out what is none of this chain', () => {
  expect(readLegs('102.5:call:-2,100:put:1', LISTED)).toEqual([CALL, PUT]);
  expect(readLegs('101:call:1,100:both:1,100:put:0,100:put,<b>,', LISTED)).toEqual([]);
  expect(readLegs('100:call:99999999999', LISTED)).toEqual([
    { strike: 100, side: 'call', quantity: 999_999 },
  ]);
  expect(readLegs(writeLegs([CALL, PUT]), LISTED)).toEqual([CALL, PUT]);
  expect(readLegs(LISTED.map((strike) => `${strike}:call:1`).join(','), LISTED)).toHaveLength(MOST_LEGS);
});

it('adds contracts to a leg that is there, and takes it away when none is left', () => {
  expect(withLeg([CALL, PUT], { ...CALL, quantity: -1 })).toEqual([{ ...CALL, quantity: -3 }, PUT]);
  expect(withLeg([CALL, PUT], { ...PUT, quantity: -1 })).toEqual([CALL]);
});

it('says a leg, and asks for all of them with their expiry, or for the straddle', () => {
  expect([CALL, PUT].map((leg) => legText(leg, String))).toEqual(['−2 102.5 call', '+1 100 put']);
  expect(requestOfLegs([CALL, PUT], '2026-12-01')).toEqual({
    legs: '2026-12-01:102.5:call:-2,2026-12-01:100:put:1',
  });
  expect(requestOfLegs([], '2026-12-01')).toEqual({ expiry: '2026-12-01', rolling: 'straddle' });
});
