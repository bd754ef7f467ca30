import type { TestSlice } from './chain-set.ts';

/** A volatility solver of an npm package, brought to one signature. */
export interface PackageSolver {
  name: string;
  solve(
    premium: number,
    spot: number,
    strike: number,
    yearFraction: number,
    rate: number,
    side: number,
  ): number;
}

interface ImpliedVolatilityModule {
  getImpliedVolatility(
    price: number,
    spot: number,
    strike: number,
    time: number,
    rate: number,
    type: string,
    estimate: number,
  ): number;
}

interface UqeeOption {
  price: number;
  rate: number;
  strike: number;
  time: number;
  type: 'call' | 'put';
  underlying: number;
}

interface UqeeModule {
  BlackScholes: new (options?: { priceToSigmaMethod: string }) => { sigma(option: UqeeOption): number };
}

type GreekFunction = (s: number, k: number, t: number, v: number, r: number, type: string) => number;

interface GreeksModule {
  getDelta: GreekFunction;
  getGamma: GreekFunction;
  getTheta: GreekFunction;
  getVega: GreekFunction;
  getRho: GreekFunction;
}

/** Null, with a line on the console, where the package is not installed: none of them is a dependency. */
async function load<T>(name: string): Promise<T | null> {
  try {
    const module = await import(name);
    return (module.default ?? module) as T;
  } catch {
    console.log(`${name} is not installed: left out (npm install --no-save ${name})`);
    return null;
  }
}

const typeOf = (side: number) => (side > 0 ? 'call' : 'put');

/** The volatility solvers of the packages that are installed. */
export async function loadPackageSolvers(): Promise<PackageSolver[]> {
  const solvers: PackageSolver[] = [];
  const matt = await load<ImpliedVolatilityModule>('implied-volatility');
  if (matt !== null) {
    solvers.push({
      name: 'implied-volatility',
      solve: (premium, spot, strike, time, rate, side) =>
        matt.getImpliedVolatility(premium, spot, strike, time, rate, typeOf(side), 0.2),
    });
  }
  const uqee = await load<UqeeModule>('@uqee/black-scholes');
  for (const method of uqee === null ? [] : ['newton-raphson', 'bisection']) {
    const model = uqee === null ? null : new uqee.BlackScholes({ priceToSigmaMethod: method });
    if (model === null) continue;
    solvers.push({
      name: `@uqee/black-scholes ${method}`,
      solve: (price, underlying, strike, time, rate, side) =>
        model.sigma({ price, rate, strike, time, type: typeOf(side), underlying }),
    });
  }
  return solvers;
}

/** The five greeks of package `greeks` (on package `black-scholes`) at a known volatility; null when not installed. */
export async function loadPackageGreeks(): Promise<((slice: TestSlice, row: number) => number) | null> {
  const greeks = await load<GreeksModule>('greeks');
  if (greeks === null) return null;
  const { getDelta, getGamma, getTheta, getVega, getRho } = greeks;
  return ({ forward, discountFactor, strikes, sides, sigmas, yearFraction }, row) => {
    const rate = -Math.log(discountFactor) / yearFraction;
    const spot = forward * discountFactor;
    const [k, v, type] = [strikes[row], sigmas[row], typeOf(sides[row])];
    return (
      getDelta(spot, k, yearFraction, v, rate, type) +
      getGamma(spot, k, yearFraction, v, rate, type) +
      getTheta(spot, k, yearFraction, v, rate, type) +
      getVega(spot, k, yearFraction, v, rate, type) +
      getRho(spot, k, yearFraction, v, rate, type)
    );
  };
}
