import { ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

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
    maxBaselineAgeMs: ms(1_800_000, "How much older than its window a build-up's earlier snapshot may be", 0),
  },
);

export type AnalyticsSettings = ValuesOf<typeof ANALYTICS.own>;
