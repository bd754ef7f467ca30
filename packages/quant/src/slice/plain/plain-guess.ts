import { UNSOLVED } from '../batch-kernel.ts';
import type { Slice } from '../slice.ts';
import { BETA, INVERSE_POWERS, PER_ROOT, PREMIUM, RECORD, S, X } from './plain-record.ts';

// A double is written and its high word read: the exponent without a logarithm.
const asDouble = new Float64Array([1]);
const asWords = new Int32Array(asDouble.buffer);
const HIGH_WORD = asWords[1] === 0 ? 0 : 1;

const MAX_W = 0.34;
const MAX_ODDS = 1e70;
/** Times F + K: a time value below it, in the money, may be what F - K was rounded by. */
const ROUNDING = 2 ** -52;

/**
 * First pass: brings rows from .. to-1 to their out-of-the-money side, normalises them by sqrt(F K) and gives each
 * a closed-form guess of s = sigma sqrt(T) (relative error 5e-6 for s <= 1.2). Sets the status to 0, or to
 * `UNSOLVED` for rows that are malformed, worthless, mispriced or remote: one comparison chain that NaN fails.
 */
export function guessRows(
  slice: Slice,
  from: number,
  to: number,
  records: Float64Array,
  status: Uint8Array,
): void {
  const { forward, discountFactor, strikes, sides, prices } = slice;
  for (let i = from, r = 0; i < to; i++, r += RECORD) {
    const strike = strikes[i];
    const side = sides[i];
    const premium = prices[i];
    const undiscounted = premium / discountFactor;
    const signed = side * (forward - strike);
    const gap = Math.abs(signed);
    const sum = forward + strike;
    const inTheMoney = signed > 0;
    const timeValue = inTheMoney ? undiscounted - gap : undiscounted;
    const w = gap / sum;
    const odds = 1 + gap / timeValue;
    if (
      !(
        strike > 0 &&
        w < MAX_W &&
        timeValue > (inTheMoney ? ROUNDING * sum : 0) &&
        odds < MAX_ODDS &&
        side * side === 1
      )
    ) {
      status[i] = UNSOLVED;
      continue;
    }
    status[i] = 0;
    const w2 = w * w;
    const x =
      2 *
      (w +
        w *
          w2 *
          ((((((((((0.08459819380601788 * w2 + 0.03363108585661559) * w2 + 0.055204940039329534) * w2 +
            0.058530583424161085) *
            w2 +
            0.06668839744255527) *
            w2 +
            0.0769220117960849) *
            w2 +
            0.09090912497632639) *
            w2 +
            0.11111111042766135) *
            w2 +
            0.14285714286509657) *
            w2 +
            0.19999999999995388) *
            w2 +
            0.3333333333333334));
    const perRoot = 1 / Math.sqrt(forward * strike);
    const beta = timeValue * perRoot;
    const spread = gap * perRoot;

    asDouble[0] = odds;
    const exponent = (asWords[HIGH_WORD] - 0x3fe6a09e) >> 20;
    const f = odds * INVERSE_POWERS[exponent & 255] - 1;
    const l =
      exponent * Math.LN2 +
      f *
        ((((((0.11826763024449015 * f - 0.18901793444054119) * f + 0.20604800322239386) * f -
          0.2488135950386123) *
          f +
          0.3330329098958078) *
          f -
          0.5000196481634014) *
          f +
          1.0000032487319976);
    const num =
      (((((3.019992509852638e-5 * l + 9.298826314019538e-6) * l + 0.008673699120151722) * l +
        0.002360976615101419) *
        l +
        0.18927425671395545) *
        l +
        0.004530699271061174) *
        l +
      1.0000029935018622;
    const den =
      ((((9.705462477969523e-6 * l + 8.861842488020892e-5) * l + 0.0025288492415393164) * l +
        0.029646832248569174) *
        l +
        0.004623821194307544) *
        l +
      1.0;
    const half = beta + 0.5 * spread;
    const yy = (2 * Math.PI * half * half * den) / num;
    const zz = spread * spread;
    const c0 =
      ((-0.0006777407777549819 * zz + 0.0046677044936197665) * zz - 0.041662800164714305) * zz +
      1.0000032465040196;
    const c1 = (0.001014122561687487 * zz - 0.005505245807634252) * zz + 0.04165753678653429;
    const c2 = -0.0010213492320447874 * zz + 0.003593338721063318;
    records[r + X] = x;
    records[r + S] = Math.sqrt(yy) * (c0 + yy * (c1 + yy * (c2 + yy * 0.0005091083291999723)));
    records[r + BETA] = beta;
    records[r + PER_ROOT] = perRoot;
    records[r + PREMIUM] = premium;
  }
}
