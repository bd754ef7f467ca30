import { count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const ANALYTICS = settingsFragment(
  'Analytics',
  {
    surfaceIntervalMs: ms(
      10_000,
      'How often volatility surfaces of new chains are fitted; 0: on request only',
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
    maxCachedForecasts: count(1000, 'forecasts', 'Forecasts kept in memory; one a product and session'),
    maxWaitingForecasts: count(
      100,
      'requests',
      'Requests that may wait for a forecast to be computed; further ones are refused',
    ),
    maxBaselineAgeMs: ms(1_800_000, "How much older than its window a build-up's earlier snapshot may be", 0),
    maxReadCells: count(
      500_000,
      'strikes',
      'Strikes of chains that one request for a series may read: snapshots x strikes',
    ),
    maxAnswerCells: count(
      100_000,
      'numbers',
      'Numbers that the answer to one request for a series may have: snapshots x figures, or x strikes',
    ),
  },
);

export type AnalyticsSettings = ValuesOf<typeof ANALYTICS.own>;
