const SQRT_2PI = 2.5066282746310002;
const INV_SQRT_2PI = 0.3989422804014327;

function millsPositive(z: number): number {
  if (z > 16) {
    const y = 1 / (z * z);
    return (1 - y * (1 - 3 * y * (1 - 5 * y * (1 - 7 * y * (1 - 9 * y * (1 - 11 * y)))))) / z;
  }
  return (
    ((((((((((6.559319478718056e-7 * z + 1.9874029324858083e-5) * z + 0.0002972538304962905) * z +
      0.0028486200726357907) *
      z +
      0.019213427587534318) *
      z +
      0.09487996044464318) *
      z +
      0.34681893688400384) *
      z +
      0.9275134373692685) *
      z +
      1.7440968025766839) *
      z +
      2.100879582537066) *
      z +
      1.2533141373155008) /
    (((((((((((6.559319478718056e-7 * z + 1.9874029324858083e-5) * z + 0.0002979097624437841) * z +
      0.002868494102013041) *
      z +
      0.01950936955071765) *
      z +
      0.09768883259854497) *
      z +
      0.3654444120849583) *
      z +
      1.0168949859934862) *
      z +
      2.0554113833345213) *
      z +
      2.865669165295329) *
      z +
      2.4741439438151778) *
      z +
      1.0)
  );
}

/** N(-z) / phi(z), which is sqrt(pi / 2) erfcx(z / sqrt 2). */
export function mills(z: number): number {
  return z < 0 ? SQRT_2PI * Math.exp(0.5 * z * z) - millsPositive(-z) : millsPositive(z);
}

export function density(z: number): number {
  return INV_SQRT_2PI * Math.exp(-0.5 * z * z);
}

export function normal(z: number): number {
  return z < 0 ? density(z) * millsPositive(-z) : 1 - density(z) * millsPositive(z);
}
