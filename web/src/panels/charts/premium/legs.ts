import type { RequestOf, ResponseOf, Routes } from '@deltastream/client';

type Side = ResponseOf<Routes['getPremium']>['legs'][number]['side'];

/** Contracts of the expiry that is shown; a quantity below 0 is sold. */
export interface Leg {
  readonly strike: number;
  readonly side: Side;
  readonly quantity: number;
}

/** More do not fit beside each other; the server takes twelve. */
export const MOST_LEGS = 6;
/** Contracts of a leg: as many digits as the server reads. */
const MOST_CONTRACTS = 999_999;

const LEG = /^([\d.]+):(call|put):(-?\d+)$/;

/** Legs of an address, e.g. `24000:call:-1,24000:put:-1`: what is no leg, or at no listed strike, is left out. */
export function readLegs(text: string, listed: readonly number[]): readonly Leg[] {
  let legs: readonly Leg[] = [];
  for (const each of text.split(',')) {
    const [, strike, side, quantity] = LEG.exec(each) ?? [];
    if (strike !== undefined && listed.includes(Number(strike)))
      legs = withLeg(legs, { strike: Number(strike), side: side as Side, quantity: Number(quantity) });
  }
  return legs;
}

const legName = ({ strike, side, quantity }: Leg): string => `${strike}:${side}:${quantity}`;

export const writeLegs = (legs: readonly Leg[]): string => legs.map(legName).join(',');

/** With another leg: of a contract that is among them it changes the quantity, and what is bought and sold is gone. */
export function withLeg(legs: readonly Leg[], added: Leg): readonly Leg[] {
  const at = legs.findIndex(({ strike, side }) => strike === added.strike && side === added.side);
  const sum = added.quantity + (at < 0 ? 0 : legs[at].quantity);
  const leg = { ...added, quantity: Math.max(-MOST_CONTRACTS, Math.min(MOST_CONTRACTS, sum)) };
  const changed = at < 0 ? [...legs, leg] : legs.with(at, leg);
  return changed.filter((each) => each.quantity !== 0).slice(0, MOST_LEGS);
}

/** `+1 24,000 call` */
export const legText = ({ strike, side, quantity }: Leg, format: (strike: number) => string): string =>
  `${quantity < 0 ? '−' : '+'}${Math.abs(quantity)} ${format(strike)} ${side}`;

/** What is asked for: these legs, or without any the straddle at the money of each snapshot. */
export const requestOfLegs = (
  legs: readonly Leg[],
  expiry: string,
): Pick<RequestOf<Routes['getPremium']> & object, 'legs' | 'rolling' | 'expiry'> =>
  legs.length === 0
    ? { expiry, rolling: 'straddle' }
    : { legs: legs.map((leg) => `${expiry}:${legName(leg)}`).join(',') };
