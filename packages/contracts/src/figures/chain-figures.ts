import type { Figure } from './figure.ts';

/** Where a forward comes from: parity of mids, the listed future, parity that needed last trades, the spot. */
export const FORWARD_SOURCES = ['parity', 'future', 'parity_last', 'spot'] as const;

/** What the rate comes from: the one setting for all, the curve of the currency, or nothing, so that it is 0. */
export const RATE_SOURCES = ['constant', 'curve', 'default_zero'] as const;
export type RateSource = (typeof RATE_SOURCES)[number];

/** Phases of a trading day, as the reference data names them (the enricher compiles only if it does); contracts trade from `continuous` to `settlement_known`. */
export const SESSION_PHASES = [
  'closed',
  'pre_open',
  'continuous',
  'closing_auction',
  'settlement_known',
  'post_close',
] as const;

const QUOTE = 'quote currency per unit';
const CONTRACTS = 'contracts';
const since = '0.1.0';

/** What several figures have in common. */
const price = {
  value: 'nullable',
  unit: QUOTE,
  since,
  history: true,
  mobile: true,
  group: 'price',
  format: 'price',
} as const;
const ratio = {
  value: 'nullable',
  unit: 'ratio',
  nullWhen: 'the total of the calls is 0, or none is given',
  since,
  history: true,
  mobile: true,
  group: 'positioning',
  format: 'ratio',
} as const;
const total = {
  value: 'nullable',
  unit: CONTRACTS,
  nullWhen: 'it is not given for any',
  source: 'sum',
  since,
  history: true,
  mobile: true,
  group: 'positioning',
  format: 'contracts',
} as const;
const strike = {
  value: 'nullable',
  unit: QUOTE,
  source: 'convention',
  since,
  history: true,
  mobile: true,
  group: 'positioning',
  format: 'strike',
} as const;

const skew = {
  value: 'nullable',
  unit: 'annualised fraction',
  source: 'linear in delta between listed strikes; nothing is extrapolated',
  since: '0.2.0',
  history: true,
  mobile: false,
  group: 'volatility',
  format: 'volatility',
} as const;
const exposure = {
  value: 'nullable',
  nullWhen:
    'there is no lot, no open interest is given, or no contract with open interest has greeks; expired',
  source: 'docs/figures.md#exposures',
  since: '0.2.0',
  history: true,
  mobile: false,
  group: 'exposure',
  format: 'money',
} as const;
const asOf = {
  value: 'instant',
  unit: 'ISO-8601 UTC',
  source: 'docs/figures.md#as-of',
  since: '0.2.0',
  history: false,
  mobile: false,
  group: 'term',
  format: 'instant',
} as const;
const PER_PERCENT = 'quote currency per 1% move';
const PER_POINT = 'quote currency per volatility point';
const NET = 'calls positive, puts negative: as dealers who are long the calls and short the puts';
const GROSS = 'the absolute sum over all contracts';

/** A figure of one chain. */
export interface ChainFigure extends Figure {
  /** Its place on the wire. Given once, in ascending order, and never given again or changed. */
  readonly id: number;
  /** Kept as a number beside every snapshot and listed over time. */
  readonly history: boolean;
  /** Among the few that a phone is sent. */
  readonly mobile: boolean;
}

/** The figures of one chain (one product, one expiry, one instant), by name, in the order in which they are shown. */
export const CHAIN_FIGURES = {
  spot_price: {
    ...price,
    id: 0,
    title: 'Spot',
    description: 'Price of the underlying',
    nullWhen: 'the source gives none, or 0',
    source: 'as quoted',
    example: 24_012.35,
  },
  forward: {
    ...price,
    id: 1,
    title: 'Forward',
    description: 'Forward of this expiry',
    nullWhen: 'nothing is priced',
    source: 'put-call parity at up to five strikes nearest the money, median of K + (C - P) e^(rT)',
    example: 24_043.1,
  },
  forward_source: {
    id: 2,
    title: 'Forward from',
    value: FORWARD_SOURCES,
    unit: 'name',
    description:
      '`parity` of mids, else the listed `future`, else `parity_last` from last trades, else `spot` unless it is frozen; ' +
      'the spot alone once the settlement is known',
    nullWhen: 'there is no forward',
    source: 'docs/decisions/0001-forward-from-last-trades.md',
    since,
    history: false,
    mobile: false,
    group: 'price',
    format: 'name',
    example: 'parity',
  },
  rate: {
    id: 3,
    title: 'Rate',
    value: 'number',
    unit: 'fraction a year, continuous',
    description: 'Interest rate that the premiums are discounted at',
    nullWhen: null,
    source: 'docs/figures.md#the-rate',
    since,
    history: false,
    mobile: false,
    group: 'term',
    format: 'fraction',
    example: 0.065,
  },
  rate_source: {
    id: 23,
    title: 'Rate from',
    value: RATE_SOURCES,
    unit: 'name',
    description: 'The `curve` of the currency, else the `constant` of the settings, else `default_zero`',
    nullWhen: 'the chain was computed by a release without it (`not_recorded`)',
    source: 'docs/figures.md#the-rate',
    since: '0.2.0',
    history: false,
    mobile: false,
    group: 'term',
    format: 'name',
    example: 'constant',
  },
  year_fraction: {
    id: 4,
    title: 'Time to expiry',
    value: 'number',
    unit: 'years, ACT/365',
    description: 'From the snapshot to the expiry instant; 0 when expired',
    nullWhen: null,
    source: 'ACT/365',
    since,
    history: false,
    mobile: false,
    group: 'term',
    format: 'fraction',
    example: 0.0169,
  },
  atm_strike: {
    ...price,
    id: 5,
    title: 'ATM strike',
    description: 'Listed strike nearest the forward; the lower one on a tie',
    nullWhen: 'there is no forward',
    source: 'convention',
    format: 'strike',
    example: 24_050,
  },
  atm_iv: {
    id: 6,
    title: 'ATM IV',
    value: 'nullable',
    unit: 'annualised fraction',
    description: 'Implied volatility at the forward, linear in total variance between the strikes around it',
    nullWhen:
      'there is no volatility on one side of the forward; expired; on the day of expiry from the result of the closing ' +
      'auction on (`settlement_known`)',
    source: 'Black-76 on the forward',
    since,
    history: true,
    mobile: true,
    group: 'volatility',
    format: 'volatility',
    example: 0.1287,
  },
  atm_straddle_price: {
    ...price,
    id: 7,
    title: 'ATM straddle',
    description: 'Call plus put premium at the ATM strike',
    nullWhen: 'one of them is not priced',
    source: 'sum of the premiums',
    example: 321.4,
  },
  expected_move: {
    ...price,
    id: 8,
    title: 'Expected move',
    description: 'One standard deviation to expiry',
    nullWhen: 'there is no `atm_iv`',
    source: 'forward x atm_iv x sqrt(year_fraction)',
    group: 'volatility',
    example: 402.3,
  },
  rr25: {
    ...skew,
    id: 24,
    title: '25-delta risk reversal',
    description:
      'Volatility of the 25-delta call less that of the 25-delta put; negative where puts are dearer',
    nullWhen: 'the volatilities of a side do not reach that delta on either side of it; as `atm_iv`',
    example: -0.0212,
  },
  bf25: {
    ...skew,
    id: 25,
    title: '25-delta butterfly',
    description:
      'Mean of the volatilities of the 25-delta call and put less `atm_iv`: what the wings cost over it',
    nullWhen: 'as `rr25`',
    example: 0.0041,
  },
  rr10: {
    ...skew,
    id: 26,
    title: '10-delta risk reversal',
    description: 'Volatility of the 10-delta call less that of the 10-delta put',
    nullWhen: 'as `rr25`, for 10 delta',
    example: -0.0433,
  },
  bf10: {
    ...skew,
    id: 27,
    title: '10-delta butterfly',
    description: 'Mean of the volatilities of the 10-delta call and put less `atm_iv`',
    nullWhen: 'as `rr25`, for 10 delta',
    example: 0.0165,
  },
  skew_slope: {
    ...skew,
    id: 28,
    title: 'Skew slope',
    unit: 'annualised fraction per 1.00 of ln(strike / forward)',
    description:
      'Slope of the out-of-the-money volatilities at the forward; negative where lower strikes are dearer',
    nullWhen: 'there is no volatility at a strike below, or above, the forward; as `atm_iv`',
    source: 'between the nearest strikes below and above the forward',
    format: 'ratio',
    example: -0.412,
  },
  pcr_oi: {
    ...ratio,
    id: 9,
    title: 'PCR, open interest',
    description: 'Put-call ratio by open interest',
    source: 'total_put_oi / total_call_oi',
    example: 0.93,
  },
  pcr_volume: {
    ...ratio,
    id: 10,
    title: 'PCR, volume',
    description: 'Put-call ratio by volume',
    source: 'total_put_volume / total_call_volume',
    example: 1.04,
  },
  pcr_oi_change: {
    ...ratio,
    id: 11,
    title: 'PCR, OI change',
    description: 'Put-call ratio by change of open interest since the previous close',
    source: 'sum of put changes / sum of call changes',
    mobile: false,
    example: 1.21,
  },
  max_pain_strike: {
    ...strike,
    id: 12,
    title: 'Max pain',
    description:
      'Listed strike at which option holders receive least; the lowest on a tie. Exact for integer and decimal open ' +
      'interest; elsewhere strikes that differ by no more than rounding can explain are ties',
    nullWhen: 'there is no open interest',
    source: 'least of sum OI_call(k) max(0, K - k) + sum OI_put(k) max(0, k - K)',
    example: 24_000,
  },
  max_pain_ties: {
    id: 13,
    title: 'Max pain ties',
    value: 'numbers',
    unit: QUOTE,
    description: 'Every strike that attains the least pain; empty without open interest',
    nullWhen: null,
    source: 'as `max_pain_strike`',
    since,
    history: false,
    mobile: false,
    group: 'positioning',
    format: 'strike',
    example: 24_000,
  },
  total_call_oi: {
    ...total,
    id: 14,
    title: 'Call open interest',
    description: 'Open interest of all listed calls',
    example: 1_824_350,
  },
  total_put_oi: {
    ...total,
    id: 15,
    title: 'Put open interest',
    description: 'Open interest of all listed puts',
    example: 1_696_645,
  },
  total_call_volume: {
    ...total,
    id: 16,
    title: 'Call volume',
    description: 'Volume of all listed calls',
    mobile: false,
    example: 9_302_112,
  },
  total_put_volume: {
    ...total,
    id: 17,
    title: 'Put volume',
    description: 'Volume of all listed puts',
    mobile: false,
    example: 9_674_196,
  },
  support_strike: {
    ...strike,
    id: 18,
    title: 'Support',
    description: 'Strike with the largest put open interest',
    nullWhen: 'no put has any',
    example: 23_800,
  },
  resistance_strike: {
    ...strike,
    id: 19,
    title: 'Resistance',
    description: 'Strike with the largest call open interest',
    nullWhen: 'no call has any',
    example: 24_300,
  },
  support_oi_change_strike: {
    ...strike,
    id: 20,
    title: 'Support by OI change',
    description: 'Strike with the largest rise of put open interest since the previous close',
    nullWhen: 'none rose, or no change is given',
    history: false,
    mobile: false,
    example: 23_900,
  },
  resistance_oi_change_strike: {
    ...strike,
    id: 21,
    title: 'Resistance by OI change',
    description: 'Strike with the largest rise of call open interest since the previous close',
    nullWhen: 'none rose, or no change is given',
    history: false,
    mobile: false,
    example: 24_200,
  },
  gex_net: {
    ...exposure,
    id: 29,
    title: 'GEX, net',
    unit: PER_PERCENT,
    description: `Gamma exposure, ${NET}`,
    example: 1_250_000_000,
  },
  gex_gross: {
    ...exposure,
    id: 30,
    title: 'GEX, gross',
    unit: PER_PERCENT,
    description: `Gamma exposure, ${GROSS}`,
    example: 9_800_000_000,
  },
  dex_net: {
    ...exposure,
    id: 31,
    title: 'DEX, net',
    unit: 'quote currency',
    description: `Delta exposure, the value of the equivalent position, ${NET}`,
    example: 82_000_000_000,
  },
  dex_gross: {
    ...exposure,
    id: 32,
    title: 'DEX, gross',
    unit: 'quote currency',
    description: `Delta exposure, ${GROSS}`,
    example: 145_000_000_000,
  },
  vex_net: {
    ...exposure,
    id: 33,
    title: 'VEX, net',
    unit: PER_POINT,
    description: `Vega exposure, ${NET}`,
    example: 64_000_000,
  },
  vex_gross: {
    ...exposure,
    id: 34,
    title: 'VEX, gross',
    unit: PER_POINT,
    description: `Vega exposure, ${GROSS}`,
    example: 410_000_000,
  },
  vanna_exposure_net: {
    ...exposure,
    id: 35,
    title: 'Vanna exposure, net',
    unit: PER_POINT,
    description: `Change of the delta exposure with volatility, ${NET}`,
    example: -530_000_000,
  },
  vanna_exposure_gross: {
    ...exposure,
    id: 36,
    title: 'Vanna exposure, gross',
    unit: PER_POINT,
    description: `Change of the delta exposure with volatility, ${GROSS}`,
    example: 1_900_000_000,
  },
  charm_exposure_net: {
    ...exposure,
    id: 37,
    title: 'Charm exposure, net',
    unit: 'quote currency per calendar day',
    description: `Change of the delta exposure with time, ${NET}`,
    example: 2_100_000_000,
  },
  charm_exposure_gross: {
    ...exposure,
    id: 38,
    title: 'Charm exposure, gross',
    unit: 'quote currency per calendar day',
    description: `Change of the delta exposure with time, ${GROSS}`,
    example: 7_400_000_000,
  },
  call_wall_strike: {
    ...exposure,
    id: 39,
    title: 'Call wall',
    unit: QUOTE,
    description: 'Strike with the largest positive net gamma exposure; the lowest on a tie',
    nullWhen: 'no strike has a positive one; as `gex_net`',
    format: 'strike',
    example: 24_500,
  },
  put_wall_strike: {
    ...exposure,
    id: 40,
    title: 'Put wall',
    unit: QUOTE,
    description: 'Strike with the largest negative net gamma exposure; the lowest on a tie',
    nullWhen: 'no strike has a negative one; as `gex_net`',
    format: 'strike',
    example: 23_500,
  },
  gamma_flip: {
    ...exposure,
    id: 41,
    title: 'Gamma flip',
    unit: QUOTE,
    description:
      'Level of the underlying, nearest its own, at which `gex_net` re-priced with every volatility held crosses 0',
    nullWhen: 'it keeps one sign within 15% of the underlying; as `gex_net`',
    format: 'price',
    example: 23_871.4,
  },
  coverage: {
    id: 42,
    title: 'Coverage',
    value: 'nullable',
    unit: 'fraction of the strikes',
    description: 'Strikes of which the out-of-the-money contract has a price',
    nullWhen: 'there is no forward',
    source: 'count of priced strikes / strike_count',
    since: '0.2.0',
    history: true,
    mobile: false,
    group: 'term',
    format: 'share',
    example: 0.967,
  },
  session_phase: {
    id: 43,
    title: 'Session phase',
    value: SESSION_PHASES,
    unit: 'name',
    description:
      'Phase of the trading day that the snapshot was taken in: `closed`, `pre_open`, `continuous`, `closing_auction`, ' +
      '`settlement_known` (trade after its result) or `post_close`; a generated market is always `continuous`',
    nullWhen: 'the product is not in the reference data, or no calendar covers the day',
    source: 'packages/reference/data/exchanges.json',
    since: '0.2.0',
    history: false,
    mobile: false,
    group: 'term',
    format: 'name',
    example: 'continuous',
  },
  quotes_as_of: {
    ...asOf,
    id: 44,
    title: 'Quotes as of',
    description:
      'Instant that the newest quote is from: that of the snapshot within a session, the close of the last one outside',
    nullWhen: 'as `session_phase`; nothing is quoted; the page repeats an older one (`frozen`)',
    example: '2026-08-19T05:57:00.000Z',
  },
  open_interest_as_of: {
    ...asOf,
    id: 45,
    title: 'Open interest as of',
    description:
      'Instant that the open interest is from: as `quotes_as_of` where the exchange publishes it during the session, ' +
      'else the close of the session before',
    nullWhen: 'as `quotes_as_of`; no open interest is given',
    example: '2026-08-19T05:57:00.000Z',
  },
  strike_count: {
    id: 22,
    title: 'Strikes',
    value: 'integer',
    unit: 'count',
    description: 'Listed strikes',
    nullWhen: null,
    source: 'count',
    since,
    history: false,
    mobile: false,
    group: 'term',
    format: 'count',
    example: 61,
  },
} as const satisfies Readonly<Record<string, ChainFigure>>;

type ChainFigures = typeof CHAIN_FIGURES;
export type ChainFigureName = keyof ChainFigures;

/** Names in the order in which they are shown. */
export const CHAIN_FIGURE_NAMES = Object.keys(CHAIN_FIGURES) as readonly ChainFigureName[];

type NameWith<Flag extends 'history' | 'mobile'> = {
  [Name in ChainFigureName]: ChainFigures[Name] extends Readonly<Record<Flag, true>> ? Name : never;
}[ChainFigureName];

const namesWith = <Flag extends 'history' | 'mobile'>(flag: Flag): readonly NameWith<Flag>[] =>
  CHAIN_FIGURE_NAMES.filter((name): name is ChainFigureName & NameWith<Flag> => CHAIN_FIGURES[name][flag]);

/** Figures kept as numbers beside every snapshot; each is a number or null. */
export type HistoryFigure = NameWith<'history'>;
export const HISTORY_FIGURES = namesWith('history');

/** The few figures that a phone is sent. */
export const MOBILE_FIGURES = namesWith('mobile');

/** Names by id, which is the order of the wire. */
export const FIGURES_BY_ID: readonly ChainFigureName[] = CHAIN_FIGURE_NAMES.toSorted(
  (a, b) => CHAIN_FIGURES[a].id - CHAIN_FIGURES[b].id,
);
