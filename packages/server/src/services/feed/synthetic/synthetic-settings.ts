import Type from 'typebox';
import { count, ms, settingsFragment } from '../../../kit/settings-fragment.ts';

export const PRESETS = ['usual', 'calm', 'trending', 'crash', 'expiry-day'] as const;
export type Preset = (typeof PRESETS)[number];

/** Most products that are made up; the bus, the store and the page are to be tried with as many. */
const MOST_MADE_UP = 1_000;

export const DEFAULT_PRODUCTS = ['NIFTY', 'BANKNIFTY', 'FINNIFTY', 'SENSEX', 'AAPL', 'SPY', 'BTC'] as const;

export const SYNTHETIC = settingsFragment(
  'Synthetic source',
  {
    products: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: `Products, by comma; of venues VENUE:PRODUCT where several could be meant; synthetic by default ${DEFAULT_PRODUCTS.join()}`,
      }),
    ),
    seed: count(1, 'seed', 'Seed: the same seed, start and settings give the same market', 0),
    drift: Type.Number({ default: 0, unit: 'fraction a year', description: 'Synthetic drift' }),
    volatility: Type.Optional(
      Type.Number({
        unit: 'fraction a year',
        exclusiveMinimum: 0,
        description: "Synthetic volatility; each product's own by default",
      }),
    ),
    syntheticHistory: count(
      25,
      'sessions',
      'Past sessions that a first start writes to the store; 0 for none',
      0,
      366,
    ),
    ticksPerSecond: Type.Number({
      default: 1,
      exclusiveMinimum: 0,
      maximum: 1000,
      unit: 'ticks/s',
      description: 'Synthetic ticks of each product',
    }),
  },
  'synthetic',
  {
    preset: Type.Enum([...PRESETS], {
      default: 'usual',
      description:
        'How the market behaves: usual; calm; trending; crash (a fall of 8 % that begins after two minutes); expiry-day (an expiry ends with the session)',
    }),
    furtherProducts: count(
      0,
      'products',
      'Made-up products besides, SYN0001 and on, which have no past',
      0,
      MOST_MADE_UP,
    ),
    hours: Type.Enum(['always', 'exchange'], {
      default: 'always',
      description:
        'always: prices round the clock; exchange: in the sessions of the exchange alone, with its holidays and its closing auction',
    }),
    chainIntervalMs: ms(1_000, 'How often chains of a product are sent'),
    chainExpiries: Type.Enum(['all', 'one'], {
      default: 'all',
      description: 'Which expiries each interval sends: all of them, or one in turn',
    }),
    expiries: count(
      3,
      'expiries',
      'Expiries of a product, at least: of more than one the nearest, and the last of each month until one is five weeks away',
      1,
      52,
    ),
    strikes: count(40, 'strikes', 'Strikes listed at first; more as the underlying moves', 5, 1_000),
    pastStepMs: ms(
      300_000,
      'Between two chains of an expiry in the past; two ticks to each; three times that where a market never closes',
      1_000,
      3_600_000,
    ),
    maxLagMs: ms(5_000, 'A feed further behind goes on at the present instead of catching up'),
  },
);

/** SYN0001 and on. */
const madeUpSymbols = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `SYN${String(i + 1).padStart(4, '0')}`);

/** What is generated: the products named, and those that are made up besides. */
export const syntheticProducts = ({
  products = DEFAULT_PRODUCTS,
  furtherProducts = SYNTHETIC.defaults.furtherProducts,
}: Partial<{ products: readonly string[]; furtherProducts: number }>): readonly string[] => [
  ...new Set([...products, ...madeUpSymbols(furtherProducts)]),
];
