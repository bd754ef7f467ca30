import { describe, expect, test } from 'vitest';
import * as quant from '../src/index.ts';

/** What other packages may rely on; adding is free, removing or renaming is a breaking change. */
const FUNCTIONS = [
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
  'fitSvi',
  'gammaFlip',
  'greeksAt',
  'impliedVolatility',
  'ivAtDelta',
  'largestIndex',
  'maxPain',
  'maxPainCurve',
  'openInterestBuildup',
  'parityForward',
  'payoffCurve',
  'payoffSummary',
  'profitProbability',
  'putCallRatio',
  'rhoAtConstantSpot',
  'smileWeights',
  'smileSlope',
  'solveSlice',
  'solveSliceIv',
  'straddlePrice',
  'sumFinite',
  'sviButterflyCheck',
  'sviCalendarViolations',
  'sviDensitySign',
  'sviTotalVariance',
  'sviVolatility',
  'termStructure',
  'varianceStrip',
  'volatilityIndex',
  'volatilityRank',
  'yearFraction',
];

describe('public surface', () => {
  test('is the list above, the status codes and the kinds of exposure', () => {
    expect(Object.keys(quant).sort()).toEqual([...FUNCTIONS, 'EXPOSURE_KINDS', 'IV_STATUS'].sort());
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
