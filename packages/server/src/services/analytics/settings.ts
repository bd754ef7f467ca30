import { MAX_EXPIRY_LAG_MS } from '@deltastream/contracts/live';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const ANALYTICS = settingsFragment(
  'Analytics',
  {
    surfaceIntervalMs: ms(
      10_000,
      'How often volatility surfaces of new chains are fitted; 0: on request only',
      0,
      86_400_000,
    ),
    figuresIntervalMs: ms(
      1000,
      'How often figures of products with new chains are computed and published; 0: on request only',
      0,
      86_400_000,
    ),
  },
  'analytics',
  {
    sessionCacheMs: ms(
      60_000,
      'How long a past session is taken as it was read, for ranks, realised volatility and forecasts; an import shows at once',
    ),
    maxCachedSessions: count(50_000, 'sessions', 'Past sessions kept in memory, of all products'),
    figuresStaleMs: ms(
      1_000,
      'How long figures of a product may be returned after they were last up to date, while those of newer chains are computed; 0: never',
      0,
    ),
    maxCachedFigures: count(500, 'figures', 'Figures of products that are kept, of the newest chains'),
    maxCachedForecasts: count(1000, 'forecasts', 'Forecasts kept in memory; one a product and session'),
    surfaceStaleMs: ms(
      1_000,
      'How long a surface may be returned after it was last up to date, while newer chains are fitted; 0: never',
      0,
    ),
    surfaceMaxAgeMs: ms(60_000, 'How long a fitted surface is kept; corrections of its chains show then', 1),
    maxCachedSurfaces: count(64, 'surfaces', 'Fitted surfaces that are kept, of the newest chains'),
    maxSurfaceJsonBytes: bytes(
      16_777_216,
      'JSON of surfaces and smiles that is kept, all together; as much for those as of an instant',
    ),
    fitThreads: count(
      1,
      'threads',
      'Threads that fit live surfaces and compute live forecasts; they start when needed',
    ),
    maxWaitingFits: count(
      64,
      'computations',
      'Live surfaces and forecasts that may wait for a thread; more are refused',
    ),
    asOfThreads: count(
      1,
      'threads',
      'Threads that fit surfaces and compute forecasts as of an instant, apart from those of the live ones',
    ),
    maxWaitingAsOf: count(
      16,
      'computations',
      'Surfaces and forecasts as of an instant that may wait to be computed; more are refused',
    ),
    maxCachedAsOf: count(
      32,
      'results',
      'Surfaces as of an instant that are kept, as many forecasts, and curves of expiries that are over; they remove no live one',
    ),
    fitTimeoutMs: ms(
      10_000,
      'Longest time in which a surface or a forecast is computed, waiting included',
      1,
    ),
    fitThreadIdleMs: ms(30_000, 'How long a thread with nothing to compute is kept', 0),
    maxBaselineAgeMs: ms(1_800_000, "How much older than its window a build-up's earlier snapshot may be", 0),
    maxExpiryLagMs: ms(
      MAX_EXPIRY_LAG_MS,
      'How far the newest chain of an expiry may be behind that of its product to count among the figures across expiries, and to be chosen where no expiry is asked for',
    ),
    maxReadCells: count(
      500_000,
      'strikes',
      'Strikes of chains that one request for a series may read, of all its snapshots and legs together',
    ),
    maxResponseCells: count(
      50_000,
      'numbers',
      'Numbers that the response to one request for a series may have: snapshots x figures, or x strikes',
    ),
  },
);

export type AnalyticsSettings = ValuesOf<typeof ANALYTICS.own>;
