import { MS_PER_YEAR } from './chain-quotes.ts';
import { persistence, SESSIONS_A_YEAR, VOLATILITY_DYNAMICS } from './market-dynamics.ts';
import type { MarketScenario } from './presets.ts';
import type { Random } from './random.ts';

/** Price and instantaneous at-the-money volatility of an underlying from its start on. Time only goes on. */
export interface PriceProcess {
  /** Not rounded to a tick. */
  readonly price: number;
  /** Annualised fraction. */
  readonly volatility: number;
  advance(atMs: number): void;
}

export interface PriceProcessConfig {
  readonly startMs: number;
  readonly price: number;
  /** Mean volatility, annualised fraction. */
  readonly volatility: number;
  /** Fraction a year. */
  readonly drift: number;
  readonly scenario: MarketScenario;
  /** Distance of the strikes that draw the price on an expiry day. */
  readonly roundStrike: number;
}

/** A jump's mean and spread, in standard deviations of a day's return: down more often than up. */
const JUMP_MEAN = -0.5;
const JUMP_SPREAD = 2;
/** How much volatility rises in logarithm for each standard deviation that a jump goes down. */
const JUMP_UNREST = 0.08;
/** The pull to the nearest round strike on an expiry day takes half of the distance in so long. */
const PULL_HALF_LIFE_YEARS = 2 / (24 * 365); // Two hours: it shows over an afternoon, and is lost in noise over minutes.
/** What a crash took is given back by so much in as long again. */
const REBOUND = 0.35;

const DAYS_A_YEAR = 365;
const { leverage: LEVERAGE, spread: SPREAD, realisedShare: REALISED_SHARE } = VOLATILITY_DYNAMICS;
const OTHER = Math.sqrt(1 - LEVERAGE * LEVERAGE);

/**
 * A diffusion with stochastic, mean-reverting volatility and jumps (D. Bates, Review of Financial Studies 9, 1996, with
 * the logarithm of volatility for its variance). Each step is exact in volatility and takes it as constant in the price.
 */
export function createPriceProcess(config: PriceProcessConfig, random: Random): PriceProcess {
  const { startMs, volatility: mean, scenario, roundStrike } = config;
  const { crash, jumps, trend, unrest, expiresToday } = scenario;
  const dailyMean = mean / Math.sqrt(DAYS_A_YEAR);
  const jumpMean = JUMP_MEAN * dailyMean;
  const jumpSpread = JUMP_SPREAD * dailyMean;
  // So that jumps leave the drift what it is set to.
  const compensation = jumps * Math.expm1(jumpMean + 0.5 * jumpSpread * jumpSpread);
  const drift = config.drift + trend * dailyMean * DAYS_A_YEAR - compensation;
  let lastMs = startMs;
  let logPrice = Math.log(config.price);
  /** Logarithm of volatility over its mean. */
  let tension = 0;

  function diffuse(years: number): void {
    const sigma = mean * Math.exp(tension) * REALISED_SHARE;
    const [first, second] = [random.normal(), random.normal()];
    logPrice += (drift - 0.5 * sigma * sigma) * years + sigma * Math.sqrt(years) * first;
    const keeps = persistence(years * SESSIONS_A_YEAR);
    const innovation = SPREAD * unrest * Math.sqrt(1 - keeps * keeps);
    tension = tension * keeps + innovation * (LEVERAGE * first + OTHER * second);
  }

  function jump(years: number): void {
    for (let left = random.count(jumps * years); left > 0; left--) {
      const size = jumpMean + jumpSpread * random.normal();
      logPrice += size;
      tension += JUMP_UNREST * Math.max(0, -size / dailyMean);
    }
  }

  /** Share of the crash that is done at an instant, 0 to 1, and of the rebound after it. */
  function fallen({ beginsAfterMs, lastsMs }: NonNullable<MarketScenario['crash']>, atMs: number) {
    const share = (fromMs: number) => Math.min(1, Math.max(0, (atMs - fromMs) / lastsMs));
    const beginsMs = startMs + beginsAfterMs;
    return { crash: share(beginsMs), rebound: share(beginsMs + lastsMs) };
  }

  function crashTo(atMs: number): void {
    if (crash === null) return;
    const [before, after] = [fallen(crash, lastMs), fallen(crash, atMs)];
    logPrice += crash.fall * (after.crash - before.crash - REBOUND * (after.rebound - before.rebound));
    tension += crash.rise * (after.crash - before.crash);
  }

  function pull(years: number): void {
    if (!expiresToday) return;
    const price = Math.exp(logPrice);
    const nearest = Math.max(roundStrike, Math.round(price / roundStrike) * roundStrike);
    logPrice += (Math.log(nearest) - logPrice) * (1 - 2 ** (-years / PULL_HALF_LIFE_YEARS));
  }

  return {
    get price() {
      return Math.exp(logPrice);
    },
    get volatility() {
      return mean * Math.exp(tension);
    },
    advance: (atMs) => {
      if (atMs <= lastMs) return;
      const years = (atMs - lastMs) / MS_PER_YEAR;
      diffuse(years);
      if (jumps > 0) jump(years);
      crashTo(atMs);
      pull(years);
      lastMs = atMs;
    },
  };
}
