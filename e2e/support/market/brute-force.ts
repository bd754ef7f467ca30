/** One contract of a chain as a recording's text has it, in contracts; NaN is not given. */
export interface Contract {
  readonly strike: number;
  readonly side: 'CE' | 'PE';
  readonly openInterest: number;
  readonly volume: number;
}

/** What the platform stored of a chain. */
export interface Summary {
  readonly timestamp: string;
  readonly pcr_oi: number | null;
  readonly pcr_volume: number | null;
  readonly max_pain_strike: number | null;
  readonly total_call_oi: number | null;
  readonly total_put_oi: number | null;
  readonly total_call_volume: number | null;
  readonly total_put_volume: number | null;
}

/** Null where nothing is given for a side at all. */
function total(contracts: Contract[], side: Contract['side'], key: 'openInterest' | 'volume'): number | null {
  const given = contracts.filter((each) => each.side === side && !Number.isNaN(each[key]));
  return given.length === 0 ? null : given.reduce((sum, each) => sum + each[key], 0);
}

const ratio = (put: number | null, call: number | null) =>
  put === null || call === null || call === 0 ? null : put / call;

/** Every figure straight from its definition, O(n^2), sharing nothing with the platform. */
export function bruteForce(contracts: Contract[]) {
  const strikes = [...new Set(contracts.map(({ strike }) => strike))].sort((a, b) => a - b);
  const pain = strikes.map((settle) =>
    contracts.reduce((sum, { strike, side, openInterest }) => {
      const inside = side === 'CE' ? settle - strike : strike - settle;
      return sum + (Number.isNaN(openInterest) ? 0 : openInterest) * Math.max(0, inside);
    }, 0),
  );
  const calls = total(contracts, 'CE', 'openInterest');
  const puts = total(contracts, 'PE', 'openInterest');
  const callVolume = total(contracts, 'CE', 'volume');
  const putVolume = total(contracts, 'PE', 'volume');
  return {
    pcr_oi: ratio(puts, calls),
    pcr_volume: ratio(putVolume, callVolume),
    max_pain_strike: (calls ?? 0) + (puts ?? 0) === 0 ? null : strikes[pain.indexOf(Math.min(...pain))],
    total_call_oi: calls,
    total_put_oi: puts,
    total_call_volume: callVolume,
    total_put_volume: putVolume,
  };
}
