import {
  type ChainColumns,
  type ChainSummary,
  column,
  type RateSource,
  type RawChain,
  SIDE_COLUMNS,
} from '@deltastream/contracts';
import {
  atmImpliedVolatility,
  atmStrikeIndex,
  deltaSkew,
  expectedMove,
  largestIndex,
  maxPain,
  putCallRatio,
  straddlePrice,
  sumFinite,
} from '@deltastream/quant';
import type { ChosenForward } from './forward.ts';
import type { ChainPrices } from './prices.ts';

export interface SummaryInputs extends ChosenForward {
  readonly rate: number;
  readonly rateSource: RateSource;
  readonly yearFraction: number;
  /** The price that the contracts settle at is known. */
  readonly settled: boolean;
}

/** The figures of an enriched chain. `columns` hold the implied volatilities already. */
export function summarise(
  chain: RawChain,
  columns: ChainColumns,
  prices: ChainPrices,
  { forward, source, rate, rateSource, yearFraction, settled }: SummaryInputs,
): ChainSummary {
  const reasons: Record<string, string> = {};
  const strikes = column(columns, 'strike');
  const callOi = column(columns, 'call_open_interest');
  const putOi = column(columns, 'put_open_interest');
  const callVolume = column(columns, 'call_volume');
  const putVolume = column(columns, 'put_volume');
  const callOiChange = column(columns, 'call_open_interest_change');
  const putOiChange = column(columns, 'put_open_interest_change');
  const at = forward === null ? -1 : atmStrikeIndex(strikes, forward);
  const pain = maxPain(strikes, callOi, putOi);

  const orReason = <T>(name: keyof ChainSummary, value: T | null, reason: string): T | null => {
    if (value === null || Number.isNaN(value)) {
      reasons[name] = reason;
      return null;
    }
    return value;
  };
  const strikeAt = (name: keyof ChainSummary, index: number, reason: string) =>
    orReason(name, index < 0 ? null : strikes[index], reason);

  const atmIv =
    forward === null || yearFraction <= 0
      ? null
      : atmImpliedVolatility(strikes, outOfTheMoneyIv(columns, forward), forward, yearFraction);
  const straddle = at < 0 ? null : straddlePrice(prices.call[at], prices.put[at]);
  const whileOpen = settled ? 'settlement_known' : 'no_iv_near_forward';
  const noVolatility = yearFraction <= 0 ? 'expired' : whileOpen;
  const noOiChange = 'no_open_interest_change';
  const totals = {
    total_call_oi: total(callOi),
    total_put_oi: total(putOi),
    total_call_volume: total(callVolume),
    total_put_volume: total(putVolume),
  };
  const summary = {
    spot_price: orReason('spot_price', chain.spot === 0 ? null : chain.spot, 'no_spot'),
    forward: orReason('forward', forward, 'no_price_to_imply_it'),
    forward_source: source,
    rate,
    rate_source: rateSource,
    year_fraction: yearFraction,
    atm_strike: strikeAt('atm_strike', at, 'no_forward'),
    atm_iv: orReason('atm_iv', atmIv, noVolatility),
    atm_straddle_price: orReason('atm_straddle_price', straddle, 'no_price_at_atm_strike'),
    expected_move: orReason(
      'expected_move',
      forward === null || atmIv === null ? null : expectedMove(forward, atmIv, yearFraction),
      'no_atm_iv',
    ),
    rr25: orReason('rr25', riskReversal(columns, atmIv), atmIv === null ? noVolatility : 'no_iv_at_25_delta'),
    pcr_oi: orReason('pcr_oi', ratio(totals.total_put_oi, totals.total_call_oi), 'no_call_open_interest'),
    pcr_volume: orReason(
      'pcr_volume',
      ratio(totals.total_put_volume, totals.total_call_volume),
      'no_call_volume',
    ),
    pcr_oi_change: orReason('pcr_oi_change', ratio(total(putOiChange), total(callOiChange)), noOiChange),
    max_pain_strike: orReason('max_pain_strike', pain?.strike ?? null, 'no_open_interest'),
    max_pain_ties: pain?.ties ?? [],
    total_call_oi: orReason('total_call_oi', totals.total_call_oi, 'not_given'),
    total_put_oi: orReason('total_put_oi', totals.total_put_oi, 'not_given'),
    total_call_volume: orReason('total_call_volume', totals.total_call_volume, 'not_given'),
    total_put_volume: orReason('total_put_volume', totals.total_put_volume, 'not_given'),
    support_strike: strikeAt('support_strike', largestIndex(putOi), 'no_put_open_interest'),
    resistance_strike: strikeAt('resistance_strike', largestIndex(callOi), 'no_call_open_interest'),
    support_oi_change_strike: strikeAt('support_oi_change_strike', largestIndex(putOiChange), noOiChange),
    resistance_oi_change_strike: strikeAt(
      'resistance_oi_change_strike',
      largestIndex(callOiChange),
      noOiChange,
    ),
    strike_count: columns.count,
  };
  return { ...summary, null_reasons: reasons };
}

/** Implied volatility by strike, puts below the forward and calls from it on. */
function outOfTheMoneyIv(columns: ChainColumns, forward: number): Float64Array {
  const strikes = column(columns, 'strike');
  const callIv = column(columns, 'call_iv');
  const putIv = column(columns, 'put_iv');
  const chosen = new Float64Array(strikes.length);
  for (let i = 0; i < chosen.length; i++) chosen[i] = strikes[i] < forward ? putIv[i] : callIv[i];
  return chosen;
}

/** Of the 25-delta options, with deltas as they are published. */
function riskReversal(columns: ChainColumns, atmIv: number | null): number | null {
  if (atmIv === null) return null;
  const smile = (side: 'call' | 'put') => ({
    deltas: column(columns, SIDE_COLUMNS[side].delta),
    ivs: column(columns, SIDE_COLUMNS[side].iv),
  });
  return deltaSkew(smile('call'), smile('put'), atmIv)?.riskReversal ?? null;
}

/** Sum of the cells that are given; null when none is. */
function total(cells: Float64Array): number | null {
  return cells.every(Number.isNaN) ? null : sumFinite(cells);
}

function ratio(put: number | null, call: number | null): number | null {
  return put === null || call === null ? null : putCallRatio(put, call);
}
