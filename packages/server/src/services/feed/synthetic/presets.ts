import type { SmileParameters } from './smile.ts';
import type { Preset } from './synthetic-settings.ts';

/** A fall of the market that begins soon after its start. */
export interface Crash {
  readonly beginsAfterMs: number;
  readonly lastsMs: number;
  /** Logarithm of the price after it over that before. */
  readonly fall: number;
  /** Logarithm of the volatility at its end over that before. */
  readonly rise: number;
}

/** How a generated market differs from the usual one. */
export interface MarketScenario {
  /** Factor of the product's volatility. */
  readonly volatility: number;
  /** Factor of how far volatility spreads about its mean. */
  readonly unrest: number;
  /** Jumps a year. */
  readonly jumps: number;
  /** Added to the drift, in standard deviations of a day's return a day. */
  readonly trend: number;
  readonly crash: Crash | null;
  /** An expiry ends with the session, and the price is drawn to round strikes. */
  readonly expiresToday: boolean;
}

const USUAL: MarketScenario = {
  volatility: 1,
  unrest: 1,
  jumps: 12,
  trend: 0,
  crash: null,
  expiresToday: false,
};

const MINUTE_MS = 60_000;

const SCENARIOS: Readonly<Record<Preset, MarketScenario>> = {
  usual: USUAL,
  calm: { ...USUAL, volatility: 0.6, unrest: 0.5, jumps: 0 },
  trending: { ...USUAL, trend: 0.8 },
  crash: {
    ...USUAL,
    jumps: 60,
    // Soon enough to be seen by somebody who starts it to see one.
    crash: { beginsAfterMs: 2 * MINUTE_MS, lastsMs: 20 * MINUTE_MS, fall: -0.08, rise: 0.9 },
  },
  'expiry-day': { ...USUAL, jumps: 4, expiresToday: true },
};

export const scenarioOf = (preset: Preset): MarketScenario => SCENARIOS[preset];

/** The smile of a scenario: more volatility leaves skew and curvature, by which it is free of arbitrage, as they are. */
export const scenarioSmile = (smile: SmileParameters, { volatility }: MarketScenario): SmileParameters => ({
  ...smile,
  volatility: smile.volatility * volatility,
});
