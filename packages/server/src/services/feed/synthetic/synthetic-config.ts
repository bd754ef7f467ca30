import { type ProductInfo, productInfo } from '@deltastream/reference';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { ValuesOf } from '../../../kit/settings-fragment.ts';
import { MADE_UP_SCHEDULE, madeUpProduct } from './made-up-products.ts';
import { type MarketScenario, scenarioOf, scenarioSmile } from './presets.ts';
import { isArbitrageFree, type SmileParameters } from './smile.ts';
import { SYNTHETIC } from './synthetic-settings.ts';

export interface SyntheticConfig extends Partial<ValuesOf<typeof SYNTHETIC.own>> {
  /** Timestamp of the first message, epoch ms; now by default. */
  readonly startMs?: number;
}

/** What the generator assumes of one product. */
export interface SyntheticProduct {
  readonly info: ProductInfo;
  readonly spot: number;
  readonly smile: SmileParameters;
  readonly drift: number;
  /** Growth of the forward over spot, fraction a year. */
  readonly carry: number;
  /** Contracts traded per second at the money of the nearest expiry. */
  readonly activity: number;
  /** Smallest step of the underlying's price. */
  readonly spotTick: number;
  readonly scenario: MarketScenario;
  /** The product whose expiry dates it has. */
  readonly schedule: string;
}

type Profile = Omit<SyntheticProduct, 'info' | 'smile' | 'drift' | 'scenario' | 'schedule'> & SmileParameters;

const PROFILES: Readonly<Record<string, Profile>> = {
  NIFTY: indian(24_050, 0.13, 90),
  BANKNIFTY: indian(55_200, 0.15, 40),
  FINNIFTY: indian(26_400, 0.15, 3),
  SENSEX: indian(78_600, 0.13, 60),
  AAPL: american(262, 0.26, 12),
  SPY: american(688, 0.16, 40),
  BTC: crypto(95_500, 0.45, 2),
  ETH: crypto(3_290, 0.65, 6),
};

/** The product as generated; rejects with `invalid_setting` naming the setting. */
export function syntheticProduct(symbol: string, config: SyntheticConfig): SyntheticProduct {
  const madeUp = madeUpProduct(symbol);
  const info = madeUp?.info ?? productInfo(symbol);
  const known = Object.hasOwn(PROFILES, symbol) ? PROFILES[symbol] : null;
  const profile = madeUp ? indian(madeUp.spot, madeUp.volatility, madeUp.activity) : known;
  if (!info || !profile) {
    const symbols = Object.keys(PROFILES).join(', ');
    throw new DeltaStreamError(
      'invalid_setting',
      `products: ${symbol} cannot be generated; known: ${symbols}, and SYN0001 to SYN9999, which are made up`,
    );
  }
  const scenario = scenarioOf(config.preset ?? SYNTHETIC.defaults.preset);
  const { rho, eta } = profile;
  const smile = scenarioSmile({ volatility: config.volatility ?? profile.volatility, rho, eta }, scenario);
  if (!isArbitrageFree(smile)) {
    throw new DeltaStreamError('invalid_setting', `volatility: ${smile.volatility} is not above 0`);
  }
  const { spot, carry, activity, spotTick } = profile;
  const drift = config.drift ?? SYNTHETIC.defaults.drift;
  const schedule = madeUp ? MADE_UP_SCHEDULE : symbol;
  return { info, spot, smile, drift, carry, activity, spotTick, scenario, schedule };
}

function indian(spot: number, volatility: number, activity: number): Profile {
  return { spot, volatility, rho: -0.45, eta: 1.1, carry: 0.06, activity, spotTick: 0.05 };
}

function american(spot: number, volatility: number, activity: number): Profile {
  return { spot, volatility, rho: -0.5, eta: 1.2, carry: 0.04, activity, spotTick: 0.01 };
}

function crypto(spot: number, volatility: number, activity: number): Profile {
  return { spot, volatility, rho: -0.1, eta: 1, carry: 0.05, activity, spotTick: 0.01 };
}
