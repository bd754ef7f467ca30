export { bsmGreeks, bsmPrice, type SpotOption } from './black/black-scholes-merton.ts';
export {
  black76Greeks,
  black76HigherGreeks,
  black76Price,
  type Greeks,
  type HigherGreeks,
  rhoAtConstantSpot,
} from './black/black76.ts';
export type { Side } from './black/option-terms.ts';
export {
  atmImpliedVolatility,
  atmStrikeIndex,
  expectedMove,
  smileSlope,
  straddlePrice,
} from './chain/at-the-money.ts';
export { commonStep } from './chain/common-step.ts';
export {
  type ChainExposures,
  chainExposures,
  chainGammaFlip,
  EXPOSURE_KINDS,
  type ExposureChain,
  type ExposureSide,
  type StrikeExposures,
} from './chain/exposure/chain-exposures.ts';
export {
  dealerExposure,
  type Exposure,
  type ExposureKind,
  type ExposureRows,
  type SignModel,
} from './chain/exposure/exposure.ts';
export { type FlipGrid, type FlipSlice, type GammaFlip, gammaFlip } from './chain/exposure/gamma-flip.ts';
export { largestIndex } from './chain/largest-index.ts';
export { type MaxPain, maxPain, maxPainCurve } from './chain/max-pain.ts';
export { type OpenInterestBuildup, openInterestBuildup } from './chain/open-interest-buildup.ts';
export { type ParityForward, type ParityQuotes, parityForward } from './chain/parity-forward.ts';
export { putCallRatio, sumFinite } from './chain/put-call-ratio.ts';
export { type DeltaSkew, type DeltaSmile, deltaSkew, ivAtDelta } from './chain/skew.ts';
export { weightedStrike } from './chain/weighted-strike.ts';
export { yearFraction } from './chain/year-fraction.ts';
export {
  fitGarch,
  type GarchFit,
  type GarchParameters,
  garchForecast,
  garchVariance,
} from './history/garch.ts';
export { harForecast } from './history/har.ts';
export { type LeastSquares, leastSquares } from './history/least-squares.ts';
export {
  annualised,
  REALISED_ESTIMATORS,
  type RealisedEstimator,
  realisedVariance,
  realisedVolatility,
  type SessionPrices,
} from './history/realised-volatility.ts';
export {
  FORECAST_HORIZONS,
  FORECAST_MODELS,
  type ForecastHorizon,
  type ForecastModel,
  type ForecastSessions,
  forecastVolatility,
  LEAST_FORECAST_SESSIONS,
  qlike,
  type VolatilityForecast,
} from './history/volatility-forecast.ts';
export { type VolatilityRank, volatilityRank } from './history/volatility-rank.ts';
export type { KernelName } from './slice/batch-kernel.ts';
export { impliedVolatility } from './slice/implied-volatility.ts';
export { createSliceGreeks, type Slice, type SliceGreeks, type VolatilitySlice } from './slice/slice.ts';
export { createSliceSolver, type SliceSolver } from './slice/slice-solver.ts';
export { greeksAt, solveSlice, solveSliceIv } from './slice/solve-slice.ts';
export { IV_STATUS, type IvStatus } from './status.ts';
export {
  type Leg,
  type Lognormal,
  type PayoffSummary,
  payoffCurve,
  payoffSummary,
  profitProbability,
} from './strategy/payoff.ts';
export {
  type CalendarViolation,
  type QuotedSmile,
  type RepairedSlice,
  repairCalendar,
} from './surface/calendar-repair.ts';
export { type SmileQuotes, smileWeights } from './surface/smile-weights.ts';
export {
  type ButterflyCheck,
  type KRange,
  type SviParameters,
  sviButterflyCheck,
  sviCalendarViolations,
  sviDensitySign,
  sviTotalVariance,
  sviVolatility,
} from './surface/svi.ts';
export { sviDensity, sviProbabilityBelow, touchProbability } from './surface/svi-density.ts';
export { fitSvi, type SmilePoints, type SviFit } from './surface/svi-fit.ts';
export {
  constantMaturityIv,
  type TermPoint,
  type TermStructurePoint,
  termStructure,
} from './surface/term-structure.ts';
export {
  type ExpiryVariance,
  type StripQuotes,
  type VarianceStrip,
  varianceStrip,
  volatilityIndex,
} from './surface/variance-strip.ts';
