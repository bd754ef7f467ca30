// Coefficients live in memory and are loaded with a broadcast: V8 rebuilds a vector constant from immediates at
// every use, which costs more than the arithmetic it feeds. Sources: the fits of the method at 50 digits.
// 1 - u M(u) = A(u) / Q(u) and M(u) = B(u) / Q(u) on [0, 16]; all coefficients positive.
export const MILLS_A: usize = memory.data<f64>([
  1.0, 1.2208298064996772, 0.7647895827582628, 0.3113145807578377, 0.08938154862421764,
  0.01862547520095449, 0.0028088721539017924, 0.0002959419631833326, 1.987402937725011e-5,
  6.559319474936013e-7,
]);
export const MILLS_Q: usize = memory.data<f64>([
  1.0, 2.4741439438151778, 2.865669165295329, 2.0554113833345213, 1.0168949859934862, 0.3654444120849583,
  0.09768883259854497, 0.01950936955071765, 0.002868494102013041, 0.0002979097624437841,
  1.9874029324858083e-5, 6.559319478718056e-7,
]);
export const MILLS_B: usize = memory.data<f64>([
  1.2533141373155008, 2.100879582537066, 1.7440968025766839, 0.9275134373692685, 0.34681893688400384,
  0.09487996044464318, 0.019213427587534318, 0.0028486200726357907, 0.0002972538304962905,
  1.9874029324858083e-5, 6.559319478718056e-7,
]);
// (atanh(w) / w - 1) / w^2 in w^2, w < 0.34.
export const ATANH: usize = memory.data<f64>([
  0.3333333333333334, 0.19999999999995388, 0.14285714286509657, 0.11111111042766135, 0.09090912497632639,
  0.0769220117960849, 0.06668839744255527, 0.058530583424161085, 0.055204940039329534, 0.03363108585661559,
  0.08459819380601788,
]);
// ln(1 + f) / f, f in [-0.293, 0.415], to 2e-7: good enough for the guess.
export const LOGARITHM: usize = memory.data<f64>([
  1.0000032487319976, -0.5000196481634014, 0.3330329098958078, -0.2488135950386123, 0.20604800322239386,
  -0.18901793444054119, 0.11826763024449015,
]);
// The squared Bachelier inverse as a rational of ln(1 + X / beta).
export const GUESS_NUM: usize = memory.data<f64>([
  1.0000029935018622, 0.004530699271061174, 0.18927425671395545, 0.002360976615101419,
  0.008673699120151722, 9.298826314019538e-6, 3.019992509852638e-5,
]);
export const GUESS_DEN: usize = memory.data<f64>([
  1.0, 0.004623821194307544, 0.029646832248569174, 0.0025288492415393164, 8.861842488020892e-5,
  9.705462477969523e-6,
]);
// From the normal to the lognormal model, in z = X^2 (4, 3, 2 and 1 coefficients) and the squared deviation.
export const CORRECTION: usize = memory.data<f64>([
  1.0000032465040196, -0.041662800164714305, 0.0046677044936197665, -0.0006777407777549819,
  0.04165753678653429, -0.005505245807634252, 0.001014122561687487, 0.003593338721063318,
  -0.0010213492320447874, 0.0005091083291999723,
]);
// (e^r - 1 - r - r^2/2) / r^3, |r| <= ln(2) / 2.
export const EXPONENTIAL: usize = memory.data<f64>([
  0.16666666666666685, 0.041666666666602896, 0.008333333333314255, 0.0013888888927219164,
  0.00019841269904160086, 2.480150816042856e-5, 2.7557226763837998e-6, 2.7625394543742223e-7,
  2.5114877633278033e-8,
]);
// exp(-tau/2) for s < 0.41 and for s < 0.89.
export const DECAY_SHORT: usize = memory.data<f64>([
  1.0, -0.49999999999999994, 0.1249999999999669, -0.02083333332825474, 0.0026041663082733923,
  -0.00026040387553424827, 2.1476617519873424e-5,
]);
export const DECAY: usize = memory.data<f64>([
  1.0, -0.49999999999999656, 0.12499999999956346, -0.020833333314670674, 0.0026041662894604562,
  -0.00026041257944186207, 2.1677009032847156e-5, -1.4744018288891143e-6,
]);
// 1 / ((2j + 2)(2j + 3)), 1 / (2j + 4) and 1 / (j + 1) of the two backward recurrences.
export const G_SCALE: usize = memory.data<f64>([
  0.16666666666666666, 0.05, 0.023809523809523808, 0.013888888888888888, 0.00909090909090909,
  0.00641025641025641, 0.004761904761904762, 0.003676470588235294, 0.0029239766081871343,
  0.002380952380952381, 0.001976284584980237, 0.0016666666666666668, 0.0014245014245014246,
  0.0012315270935960591, 0.001075268817204301, 0.000946969696969697, 0.0008403361344537816,
  0.0007507507507507507,
]);
export const H_START: usize = memory.data<f64>([
  0.25, 0.16666666666666666, 0.125, 0.1, 0.08333333333333333, 0.07142857142857142, 0.0625,
  0.05555555555555555, 0.05, 0.045454545454545456, 0.041666666666666664, 0.038461538461538464,
  0.03571428571428571, 0.03333333333333333, 0.03125, 0.029411764705882353, 0.027777777777777776,
  0.02631578947368421,
]);
export const P_SCALE: usize = memory.data<f64>([
  1.0, 0.5, 0.3333333333333333, 0.25, 0.2, 0.16666666666666666, 0.14285714285714285, 0.125,
  0.1111111111111111, 0.1, 0.09090909090909091, 0.08333333333333333, 0.07692307692307693,
  0.07142857142857142, 0.06666666666666667, 0.0625, 0.058823529411764705, 0.05555555555555555,
]);
// Single numbers, for the same reason.
export const HALF: usize = memory.data<f64>([0.5]);
export const TWO: usize = memory.data<f64>([2.0]);
export const THREE: usize = memory.data<f64>([3.0]);
export const QUARTER: usize = memory.data<f64>([0.25]);
export const ONE: usize = memory.data<f64>([1.0]);
export const SIXTH: usize = memory.data<f64>([0.16666666666666666]);
export const MINUS_HALF: usize = memory.data<f64>([-0.5]);
export const ROUNDER: usize = memory.data<f64>([6755399441055744.0]);
export const TWO_TO_52: usize = memory.data<f64>([4503599627370496.0]);
export const LN2_LOW: usize = memory.data<f64>([1.9082149292705877e-10]);
export const LOG2_E: usize = memory.data<f64>([1.4426950408889634]);
export const LN2: usize = memory.data<f64>([0.6931471805599453]);
export const LN2_HIGH: usize = memory.data<f64>([0.6931471803691238]);
export const ROUNDING: usize = memory.data<f64>([2.220446049250313e-16]);
export const ROOT_HALF_BITS: usize = memory.data<i64>([0x3fe6a09e00000000]);
export const TWO_PI: usize = memory.data<f64>([6.283185307179586]);
export const MOST_ODDS: usize = memory.data<f64>([1e70]);
export const LEAST_S: usize = memory.data<f64>([1e-100]);
export const SIXTEEN: usize = memory.data<f64>([16.0]);
export const TWELVE: usize = memory.data<f64>([12.0]);
export const FAR_STEP: usize = memory.data<f64>([1.5e-4]);
export const MEDIUM_S: usize = memory.data<f64>([0.89]);
export const SHORT_S: usize = memory.data<f64>([0.41]);
export const PER_ROOT_2PI: usize = memory.data<f64>([0.3989422804014327]);
export const MOST_W: usize = memory.data<f64>([0.34]);
export const THIRD: usize = memory.data<f64>([0.3333333333333333]);
export const FIFTH: usize = memory.data<f64>([0.2]);
export const SHORTEST_S: usize = memory.data<f64>([0.12]);
export const PER_DAY: usize = memory.data<f64>([0.0027397260273972603]);
export const SIGN: usize = memory.data<f64>([-0.0]);
