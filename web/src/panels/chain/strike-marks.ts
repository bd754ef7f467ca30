import type { ChainView } from '@deltastream/client';

/** What can stand beside a strike: a short text, and what it means. */
const MARKS = {
  atm: ['ATM', 'at the money: the strike nearest the forward'],
  pain: ['MP', 'max pain: the settlement at which holders receive least'],
  calls: ['R', 'resistance: the most open interest of calls'],
  puts: ['S', 'support: the most open interest of puts'],
  callWall: ['CW', 'call wall: the largest positive net gamma exposure'],
  putWall: ['PW', 'put wall: the largest negative net gamma exposure'],
  upper: ['+1σ', 'the last strike within the expected move, one standard deviation to expiry'],
  lower: ['−1σ', 'the first strike within the expected move, one standard deviation to expiry'],
} as const satisfies Record<string, readonly [text: string, meaning: string]>;

export type StrikeMark = keyof typeof MARKS;

export const markText = (mark: StrikeMark): string => MARKS[mark][0];
export const markMeaning = (mark: StrikeMark): string => MARKS[mark][1];

type Marked = Pick<
  ChainView,
  | 'strikes'
  | 'forward'
  | 'expected_move'
  | 'atm_strike'
  | 'max_pain_strike'
  | 'support_strike'
  | 'resistance_strike'
  | 'call_wall_strike'
  | 'put_wall_strike'
>;

export interface StrikeMarks {
  /** Names of the marks at a strike by space, in the order of `MARKS`; strikes without one are not there. */
  readonly at: ReadonlyMap<number, string>;
  /** The first and the last strike within one standard deviation of the forward; null where none is. */
  readonly move: readonly [number, number] | null;
}

/** What is marked among the strikes of a chain. */
export function strikeMarks(chain: Marked): StrikeMarks {
  const move = expectedMove(chain);
  const places: readonly (readonly [StrikeMark, number | null])[] = [
    ['atm', chain.atm_strike],
    ['pain', chain.max_pain_strike],
    ['calls', chain.resistance_strike],
    ['puts', chain.support_strike],
    ['callWall', chain.call_wall_strike],
    ['putWall', chain.put_wall_strike],
    ['upper', move?.[1] ?? null],
    ['lower', move?.[0] ?? null],
  ];
  const at = new Map<number, string>();
  for (const [mark, strike] of places) {
    if (strike === null) continue;
    const before = at.get(strike);
    at.set(strike, before === undefined ? mark : `${before} ${mark}`);
  }
  return { at, move };
}

function expectedMove({ strikes, forward, expected_move }: Marked): readonly [number, number] | null {
  if (forward === null || expected_move === null) return null;
  const within = strikes.filter((strike) => Math.abs(strike - forward) <= expected_move);
  const [first] = within;
  const last = within.at(-1);
  return first === undefined || last === undefined ? null : [first, last];
}
