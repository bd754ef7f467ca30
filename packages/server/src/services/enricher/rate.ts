import { basename } from 'node:path';
import type { ChainHeader, RateSource } from '@deltastream/contracts';
import { schemaCheck } from '@deltastream/contracts';
import { productInfo } from '@deltastream/reference';
import Type, { type Static } from 'typebox';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { readUserFile } from '../../kit/files/user-file.ts';

/** What is not known is a mistake: its curve would be left out, and the rate would be 0. */
const closed = { additionalProperties: false } as const;

const Curve = Type.Object(
  {
    effective_from: Type.String({
      format: 'date',
      description: 'Holds from this UTC date on, until the next one',
    }),
    source: Type.String({ minLength: 1, description: 'Where the rates are published' }),
    points: Type.Array(
      Type.Object(
        {
          tenor_days: Type.Number({ minimum: 0, maximum: 36_525 }),
          rate: Type.Number({
            minimum: -1,
            maximum: 1,
            description: 'Continuous zero rate, fraction a year, ACT/365',
          }),
        },
        closed,
      ),
      { minItems: 1 },
    ),
  },
  closed,
);

/** A curve file: by currency, curves by ascending effective date, points by ascending tenor. */
export const RateCurves = Type.Record(
  Type.String({ pattern: '^[A-Z0-9]{3,8}$' }),
  Type.Array(Curve, { minItems: 1 }),
  closed,
);
export type RateCurves = Static<typeof RateCurves>;

const check = schemaCheck(RateCurves);

export interface RateSettings {
  /** One continuous rate for all, fraction a year; also for currencies and days that no curve covers. */
  readonly rate?: number;
  readonly curves?: RateCurves;
}

export interface ChosenRate {
  readonly rate: number;
  readonly source: RateSource;
}

/** Reads a curve file. Throws `invalid_setting` naming the file, the place in it and what is expected there. */
export function readRateCurves(path: string): RateCurves {
  const refuse = (what: string, cause?: unknown): never => {
    throw new DeltaStreamError('invalid_setting', `--rate-curve ${basename(path)}: ${what}`, { cause });
  };
  let given: unknown;
  try {
    given = JSON.parse(readUserFile(path));
  } catch (error) {
    return refuse(`cannot be read as JSON: ${reasonOf(error).replaceAll(path, basename(path))}`, error);
  }
  if (!check.accepts(given)) {
    const first = check.faultOf(given);
    return refuse(`${first.instancePath.slice(1).replaceAll('/', '.') || 'the file'} ${first.message}`);
  }
  for (const [currency, curves] of Object.entries(given)) {
    const dates = curves.map((curve) => Date.parse(curve.effective_from));
    const out = firstNotAscending(dates);
    if (out >= 0) refuse(`${currency}.${out}.effective_from is not after the one before`);
    for (const [i, { points }] of curves.entries()) {
      const at = firstNotAscending(points.map((point) => point.tenor_days));
      if (at >= 0) refuse(`${currency}.${i}.points.${at}.tenor_days is not above the one before`);
    }
  }
  return given;
}

/**
 * Makes the function that chooses the rate a chain's premiums are discounted at: of the curve of the currency they are
 * paid in, as it held on the chain's day, at the time to expiry; else the constant; else 0.
 *
 * Premiums quoted in coin are paid in coin, whatever currency they are shown in, so theirs is the coin's curve.
 */
export function createRateChoice({ rate, curves = {} }: RateSettings) {
  const other: ChosenRate =
    rate === undefined ? { rate: 0, source: 'default_zero' } : { rate, source: 'constant' };
  return ({ product, currency, timestamp }: ChainHeader, yearFraction: number): ChosenRate => {
    const paidIn = productInfo(product)?.premiumUnit === 'coin' ? product : currency;
    const curve = curves[paidIn]?.findLast((each) => Date.parse(each.effective_from) <= timestamp);
    if (curve === undefined) return other;
    return { rate: interpolated(curve.points, yearFraction * 365), source: 'curve' };
  };
}

/** Linear in the zero rate between tenors, flat beyond the first and the last. */
function interpolated(points: RateCurves[string][number]['points'], days: number): number {
  const after = points.findIndex((point) => point.tenor_days >= days);
  if (after < 0) return points[points.length - 1].rate;
  if (after === 0) return points[0].rate;
  const [near, far] = [points[after - 1], points[after]];
  const weight = (days - near.tenor_days) / (far.tenor_days - near.tenor_days);
  return near.rate + weight * (far.rate - near.rate);
}

const firstNotAscending = (values: readonly number[]): number =>
  values.findIndex((value, i) => i > 0 && !(value > values[i - 1]));
