import { describe, expect, test } from 'vitest';
import * as quant from '../src/index.ts';

/** What other packages may rely on; adding is free, removing or renaming is a breaking change. */
const FUNCTIONS = [
  'annualised',
  'atmImpliedVolatility',
  'atmStrikeIndex',
  'black76Greeks',
  'black76HigherGreeks',
  'black76Price',
  'bsmGreeks',
  'bsmPrice',
  'chainExposures',
  'chainGammaFlip',
  'commonStep',
  'constantMaturityIv',
  'createSliceGreeks',
  'createSliceSolver',
  'dealerExposure',
  'deltaSkew',
  'expectedMove',
  'fitGarch',
  'fitSvi',
  'forecastVolatility',
  'gammaFlip',
  'garchForecast',
  'garchVariance',
  'greeksAt',
  'harForecast',
  'impliedVolatility',
  'ivAtDelta',
  'largestIndex',
  'leastSquares',
  'maxPain',
  'maxPainCurve',
  'openInterestBuildup',
  'parityForward',
  'payoffCurve',
  'payoffSummary',
  'profitProbability',
  'putCallRatio',
  'qlike',
  'realisedVariance',
  'realisedVolatility',
  'repairCalendar',
  'rhoAtConstantSpot',
  'smileWeights',
  'smileSlope',
  'solveSlice',
  'solveSliceIv',
  'straddlePrice',
  'sumFinite',
  'sviButterflyCheck',
  'sviCalendarViolations',
  'sviDensity',
  'sviDensitySign',
  'sviProbabilityBelow',
  'sviTotalVariance',
  'sviVolatility',
  'termStructure',
  'touchProbability',
  'varianceStrip',
  'volatilityIndex',
  'volatilityRank',
  'weightedStrike',
  'yearFraction',
];

const NAMES = [
  'EXPOSURE_KINDS',
  'FORECAST_HORIZONS',
  'FORECAST_MODELS',
  'IV_STATUS',
  'LEAST_FORECAST_SESSIONS',
  'REALISED_ESTIMATORS',
];

describe('public surface', () => {
  test('is the list above, the status codes and the names of kinds', () => {
    expect(Object.keys(quant).sort()).toEqual([...FUNCTIONS, ...NAMES].sort());
  });

  test('status codes are stored in columns and never change', () => {
    expect(quant.IV_STATUS).toEqual({
      ok: 0,
      invalid_input: 1,
      expired: 2,
      below_intrinsic: 3,
      above_maximum: 4,
      no_time_value: 5,
      undetermined: 6,
    });
  });
});
