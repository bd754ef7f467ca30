import {
  type ChainColumns,
  column,
  type EnrichedChain,
  type getPremium,
  noPriceReason,
  type Side,
  toContractView,
} from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';

type Answer = Static<(typeof getPremium.schema.response)[200]>;
export type PremiumLeg = Answer['legs'][number];
export type RollingPair = NonNullable<Answer['rolling']>;

const SUMMED_FIGURES = ['premium', 'delta', 'gamma', 'theta', 'vega', 'rho'] as const;
export type Sums = Record<(typeof SUMMED_FIGURES)[number], number | null>;

export const NO_SUMS: Sums = { premium: null, delta: null, gamma: null, theta: null, vega: null, rho: null };

/** What legs are worth together, and what the first of them that lacks a figure lacks. */
export interface PremiumSums {
  readonly sums: Sums;
  readonly nullReason: string | null;
}

const LEG = /^(\d{4}-\d{2}-\d{2}):(\d{1,12}(?:\.\d{1,8})?):(call|put):(-?[1-9]\d{0,5})$/;
const MOST_LEGS = 12; // Strategies that people trade have up to eight.

/** Reads EXPIRY:STRIKE:SIDE:QUANTITY by comma. Throws `invalid_request` that names the leg which is not one. */
export function readLegs(text: string): PremiumLeg[] {
  const legs = text.split(',').map((leg) => {
    const found = LEG.exec(leg);
    if (found === null) {
      throw new DeltaStreamError(
        'invalid_request',
        `querystring.legs: "${leg}" is not EXPIRY:STRIKE:SIDE:QUANTITY, such as 2026-08-25:24000:call:-1`,
      );
    }
    const [, expiry, strike, side, quantity] = found;
    return { expiry, strike: Number(strike), side: side as Side, quantity: Number(quantity) };
  });
  if (legs.length <= MOST_LEGS) return legs;
  throw new DeltaStreamError('invalid_request', `querystring.legs: are ${legs.length}, at most ${MOST_LEGS}`);
}

/** Sums over legs of one expiry. Without a chain every sum is null for the reason given. */
export function legsWithin(
  chain: EnrichedChain | null,
  legs: readonly PremiumLeg[],
  missing: string,
): PremiumSums {
  const sums: Sums = { premium: 0, delta: 0, gamma: 0, theta: 0, vega: 0, rho: 0 };
  let nullReason: string | null = null;
  const lacks = (
    name: (typeof SUMMED_FIGURES)[number],
    { expiry, strike, side }: PremiumLeg,
    why: string,
  ) => {
    sums[name] = null;
    nullReason ??= `${expiry} ${strike} ${side}: ${why}`;
  };
  for (const leg of legs) {
    const contract = chain && toContractView(chain, leg.strike, leg.side);
    for (const name of SUMMED_FIGURES) {
      const value = contract?.[name === 'premium' ? 'price' : name] ?? null;
      const sum = sums[name];
      if (value !== null) sums[name] = sum === null ? null : sum + leg.quantity * value;
      else if (contract === null) lacks(name, leg, chain === null ? missing : 'not_listed');
      else if (name !== 'premium') lacks(name, leg, contract.iv_status);
      else
        lacks(name, leg, noPriceReason(contract.last_price ?? Number.NaN, contract.mark_price ?? Number.NaN));
    }
  }
  return { sums, nullReason };
}

/** Sums of sums: null where one of them is. */
export function together(parts: readonly PremiumSums[]): PremiumSums {
  const sum = (name: (typeof SUMMED_FIGURES)[number]) =>
    parts.reduce<number | null>((total, { sums }) => {
      const part = sums[name];
      return total === null || part === null ? null : total + part;
    }, 0);
  return {
    sums: Object.fromEntries(SUMMED_FIGURES.map((name) => [name, sum(name)])) as Sums,
    nullReason: parts.find(({ nullReason }) => nullReason !== null)?.nullReason ?? null,
  };
}

/** The legs of a pair at the money of a chain, `width` listed strikes away from it; else why there is none. */
export function pairAt(
  chain: EnrichedChain,
  pair: RollingPair,
  width: number,
): readonly PremiumLeg[] | string {
  const { expiry, summary, columns } = chain;
  const strikes = strikesOf(columns);
  if (summary.atm_strike === null) return summary.null_reasons.atm_strike ?? 'no_forward';
  const at = strikes.indexOf(summary.atm_strike);
  const away = pair === 'straddle' ? 0 : width;
  const [put, call] = [strikes[at - away], strikes[at + away]];
  if (put === undefined || call === undefined) return `no strike is listed ${away} away from the money`;
  return [
    { expiry, strike: call, side: 'call', quantity: 1 },
    { expiry, strike: put, side: 'put', quantity: 1 },
  ];
}

const strikesOf = (columns: ChainColumns): Float64Array => column(columns, 'strike');
