import {
  type ChainColumns,
  type ChainSummary,
  column,
  createColumnMemory,
  type QualityFlag,
  type RateSource,
  type RawChain,
  SIDE_COLUMNS,
  type Side,
} from '@deltastream/contracts';
import {
  atmImpliedVolatility,
  atmStrikeIndex,
  type ChainExposures,
  chainExposures,
  chainGammaFlip,
  type DeltaSkew,
  deltaSkew,
  expectedMove,
  largestIndex,
  maxPain,
  putCallRatio,
  smileSlope,
  straddlePrice,
  sumFinite,
} from '@deltastream/quant';
import { exposureChain } from '../../../kit/chains/exposure-chain.ts';
import { asOfFigures, type OrReason } from './as-of.ts';
import type { ChosenForward } from './forward.ts';
import type { ChainPrices } from './prices.ts';

export interface SummaryInputs extends ChosenForward {
  readonly rate: number;
  readonly rateSource: RateSource;
  readonly yearFraction: number;
  /** The price that the contracts settle at is known. */
  readonly settled: boolean;
  readonly quality: readonly QualityFlag[];
}

/** For one column, which is done with before the next one is asked for. */
const memory = createColumnMemory();

/** The figures of an enriched chain. `columns` hold the implied volatilities already. */
export function summarise(
  chain: RawChain,
  columns: ChainColumns,
  prices: ChainPrices,
  { forward, source, rate, rateSource, yearFraction, settled, quality }: SummaryInputs,
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
  const pain = maxPain(strikes, callOi, putOi, memory(strikes.length, 1).values);

  const orReason: OrReason = (name, value, reason) => {
    if (value === null || Number.isNaN(value)) {
      reasons[name] = reason;
      return null;
    }
    return value;
  };
  const strikeAt = (name: keyof ChainSummary, index: number, reason: string) =>
    orReason(name, index < 0 ? null : strikes[index], reason);

  const otmIv =
    forward === null || yearFraction <= 0
      ? null
      : outOfTheMoney(strikes, { call: column(columns, 'call_iv'), put: column(columns, 'put_iv') }, forward);
  const atmIv =
    forward === null || otmIv === null ? null : atmImpliedVolatility(strikes, otmIv, forward, yearFraction);
  const straddle = at < 0 ? null : straddlePrice(prices.call[at], prices.put[at]);
  const whileOpen = settled ? 'settlement_known' : 'no_iv_near_forward';
  const noVolatility = yearFraction <= 0 ? 'expired' : whileOpen;
  const skews = { 25: skewAt(columns, atmIv, 0.25), 10: skewAt(columns, atmIv, 0.1) };
  const ofSkew = (name: 'rr25' | 'bf25' | 'rr10' | 'bf10', delta: 25 | 10, value: keyof DeltaSkew) =>
    orReason(name, skews[delta]?.[value] ?? null, atmIv === null ? noVolatility : `no_iv_at_${delta}_delta`);
  const held = exposureChain({
    columns,
    lotSize: chain.lot_size,
    spot: chain.spot,
    forward,
    rate,
    yearFraction,
    quality,
  });
  const exposures = typeof held === 'string' ? null : chainExposures(held);
  const noExposures = typeof held === 'string' ? (settled ? 'settlement_known' : held) : 'no_exposure';
  const exposed = (name: keyof ChainSummary, value: (known: ChainExposures) => number | null) =>
    orReason(name, exposures && value(exposures), noExposures);
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
    rr25: ofSkew('rr25', 25, 'riskReversal'),
    bf25: ofSkew('bf25', 25, 'butterfly'),
    rr10: ofSkew('rr10', 10, 'riskReversal'),
    bf10: ofSkew('bf10', 10, 'butterfly'),
    skew_slope: orReason(
      'skew_slope',
      forward === null || otmIv === null ? null : smileSlope(strikes, otmIv, forward),
      noVolatility,
    ),
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
    gex_net: exposed('gex_net', ({ gamma }) => gamma.net),
    gex_gross: exposed('gex_gross', ({ gamma }) => gamma.gross),
    dex_net: exposed('dex_net', ({ delta }) => delta.net),
    dex_gross: exposed('dex_gross', ({ delta }) => delta.gross),
    vex_net: exposed('vex_net', ({ vega }) => vega.net),
    vex_gross: exposed('vex_gross', ({ vega }) => vega.gross),
    vanna_exposure_net: exposed('vanna_exposure_net', ({ vanna }) => vanna.net),
    vanna_exposure_gross: exposed('vanna_exposure_gross', ({ vanna }) => vanna.gross),
    charm_exposure_net: exposed('charm_exposure_net', ({ charm }) => charm.net),
    charm_exposure_gross: exposed('charm_exposure_gross', ({ charm }) => charm.gross),
    call_wall_strike: exposed('call_wall_strike', ({ callWall }) => callWall),
    put_wall_strike: exposed('put_wall_strike', ({ putWall }) => putWall),
    gamma_flip: orReason(
      'gamma_flip',
      typeof held === 'string' ? null : chainGammaFlip(held).level,
      typeof held === 'string' ? noExposures : 'no_crossing',
    ),
    coverage: orReason(
      'coverage',
      forward === null ? null : coverage(strikes, prices, forward),
      'no_forward',
    ),
    ...asOfFigures(chain, quality, orReason),
    strike_count: columns.count,
  };
  return { ...summary, null_reasons: reasons };
}

/** By strike, of puts below the forward and of calls from it on. */
function outOfTheMoney(
  strikes: Float64Array,
  { call, put }: Readonly<Record<Side, Float64Array>>,
  forward: number,
): Float64Array {
  const chosen = memory(strikes.length, 1).values;
  for (let i = 0; i < chosen.length; i++) chosen[i] = strikes[i] < forward ? put[i] : call[i];
  return chosen;
}

/** Share of the strikes of which the out-of-the-money contract has a price. */
function coverage(strikes: Float64Array, { call, put }: ChainPrices, forward: number): number {
  let priced = 0;
  for (let i = 0; i < strikes.length; i++) {
    if (!Number.isNaN(strikes[i] < forward ? put[i] : call[i])) priced += 1;
  }
  return priced / strikes.length;
}

/** Of the options at a delta, with deltas as they are published. */
function skewAt(columns: ChainColumns, atmIv: number | null, delta: number): DeltaSkew | null {
  if (atmIv === null) return null;
  const smile = (side: 'call' | 'put') => ({
    deltas: column(columns, SIDE_COLUMNS[side].delta),
    ivs: column(columns, SIDE_COLUMNS[side].iv),
  });
  return deltaSkew(smile('call'), smile('put'), atmIv, delta);
}

/** Sum of the cells that are given; null when none is. */
function total(cells: Float64Array): number | null {
  return cells.every(Number.isNaN) ? null : sumFinite(cells);
}

function ratio(put: number | null, call: number | null): number | null {
  return put === null || call === null ? null : putCallRatio(put, call);
}
