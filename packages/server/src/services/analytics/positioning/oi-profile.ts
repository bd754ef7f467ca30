import { column, type EnrichedChain, type getOiProfile, isoTime } from '@deltastream/contracts';
import { putCallRatio, sumFinite, weightedStrike } from '@deltastream/quant';
import type { Static } from 'typebox';

type Answer = Static<(typeof getOiProfile.schema.response)[200]>;
type Band = Answer['bands'][number];
export type StrikeInterest = Answer['strikes'][number];

const orNull = (cell: number): number | null => (Number.isNaN(cell) ? null : cell);
const given = (cells: Float64Array): boolean => cells.some((cell) => !Number.isNaN(cell));

/** The columns of a chain that `strikeInterest` reads. */
export const INTEREST_COLUMNS = [
  'strike',
  'call_open_interest',
  'put_open_interest',
  'call_open_interest_change',
  'put_open_interest_change',
] as const;

/** Reads the open interest of a chain by the place of a strike; -1: a strike that is not listed. */
export function interestReader({ columns }: EnrichedChain): (strike: number, i: number) => StrikeInterest {
  const [, callOi, putOi, callChange, putChange] = INTEREST_COLUMNS.map((name) => column(columns, name));
  return (strike, i) => ({
    strike,
    call_oi: i < 0 ? null : orNull(callOi[i]),
    put_oi: i < 0 ? null : orNull(putOi[i]),
    call_oi_change: i < 0 ? null : orNull(callChange[i]),
    put_oi_change: i < 0 ? null : orNull(putChange[i]),
    pcr_oi: i < 0 ? null : putCallRatio(putOi[i], callOi[i]),
  });
}

/** Places [from, to) of the strikes at most so many places from one. */
export const strikeBand = (count: number, at: number, width: number): [from: number, to: number] => [
  Math.max(0, at - width),
  Math.min(count, at + width + 1),
];

/** Open interest of a chain by strike, with put-call ratios of bands around the money. */
export function oiProfile(chain: EnrichedChain, bands: string): Answer {
  const { columns, summary } = chain;
  const strikes = column(columns, 'strike');
  const callOi = column(columns, 'call_open_interest');
  const putOi = column(columns, 'put_open_interest');
  const reasons: Record<string, string> = {};
  const weighted = (name: string, of: ArrayLike<number>, all: ArrayLike<number> = strikes) => {
    const strike = weightedStrike(all, of);
    if (strike === null) reasons[name] = 'no_open_interest';
    return strike;
  };
  const kept = <Name extends keyof typeof summary>(name: Name): (typeof summary)[Name] => {
    if (summary[name] === null) reasons[name] = summary.null_reasons[name] ?? 'not_recorded';
    return summary[name];
  };
  const at = summary.atm_strike === null ? -1 : strikes.indexOf(summary.atm_strike);
  const widths = at < 0 ? [] : [...new Set(bands.split(',').map(Number))].sort((a, b) => a - b);
  const read = interestReader(chain);
  return {
    product: chain.product,
    expiry: chain.expiry,
    timestamp: isoTime(chain.timestamp),
    spot_price: kept('spot_price'),
    forward: kept('forward'),
    atm_strike: kept('atm_strike'),
    total_call_oi: kept('total_call_oi'),
    total_put_oi: kept('total_put_oi'),
    pcr_oi: kept('pcr_oi'),
    call_weighted_strike: weighted('call_weighted_strike', callOi),
    put_weighted_strike: weighted('put_weighted_strike', putOi),
    weighted_strike: weighted('weighted_strike', [...callOi, ...putOi], [...strikes, ...strikes]),
    null_reasons: reasons,
    bands: widths.map((width) => bandOf(width, strikes, callOi, putOi, at)),
    count: columns.count,
    strikes: Array.from(strikes, read),
  };
}

function bandOf(
  width: number,
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  at: number,
): Band {
  const [from, to] = strikeBand(strikes.length, at, width);
  const [calls, puts] = [callOi.subarray(from, to), putOi.subarray(from, to)];
  const call_oi = given(calls) ? sumFinite(calls) : null;
  const put_oi = given(puts) ? sumFinite(puts) : null;
  const pcr_oi = call_oi === null || put_oi === null ? null : putCallRatio(put_oi, call_oi);
  const null_reason =
    pcr_oi !== null ? null : put_oi === null ? 'no_put_open_interest' : 'no_call_open_interest';
  return {
    width,
    low_strike: strikes[from],
    high_strike: strikes[to - 1],
    call_oi,
    put_oi,
    pcr_oi,
    null_reason,
  };
}
