/** Prices that are integer multiples of a tick. */
export interface PriceSteps {
  /** Size of one step, in currency. */
  readonly tick: number;
  /** The price of a number of steps, free of the rounding that repeated addition would bring. */
  price(steps: number): number;
}

/** `scale` converts the unit the tick is given in to currency: 1, or the forward of a premium in coin. */
export function priceSteps(tick: number, scale = 1): PriceSteps {
  const perUnit = 1 / tick;
  const rounded = Math.round(perUnit);
  // 20 steps a unit divide exactly where multiplying by 0.05 would not.
  const isInteger = Math.abs(perUnit - rounded) < 1e-6;
  return {
    tick: tick * scale,
    price: isInteger ? (steps) => (steps / rounded) * scale : (steps) => steps * tick * scale,
  };
}

/** The nearest price on the steps. */
export function roundToStep(steps: PriceSteps, price: number): number {
  return steps.price(Math.round(price / steps.tick));
}
