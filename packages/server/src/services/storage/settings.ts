import { MAX_EXPIRY_LAG_MS } from '@deltastream/contracts/live';
import Type from 'typebox';
import { LIFECYCLE, type LifecycleSettings } from '../../kit/lifecycle/lifecycle-settings.ts';
import { count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const STORAGE = settingsFragment(
  'Storage',
  {
    takeOverStorage: Type.Boolean({
      default: false,
      description: 'Store what the bus carries although another store did so; that one then stops',
    }),
  },
  'storage',
  {
    concurrency: count(
      128,
      'messages',
      'Messages processed concurrently, per stream; enough to fill a batch',
    ),
    batchMessages: count(64, 'messages', 'Messages written with one put, at most'),
    batchMs: ms(5, 'Longest a message waits for others to be written with', 0),
    retryMs: ms(100, 'First wait after a failed put; doubles up to the longest'),
    maxRetryMs: ms(5_000, 'The longest such wait'),
    stopTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        unit: 'ms',
        description: 'How long a stop tries to write what waits; a quarter of --stop-timeout-ms by default',
      }),
    ),
    cacheTtlMs: ms(300_000, 'How long the latest chain stays in the cache'),
    catalogueTtlMs: ms(
      1_000,
      'How long lists of products and expiries are remembered; own writes at once',
      0,
    ),
    claimCheckMs: ms(1_000, 'How often it is made sure that no other store took over what the bus carries'),
    refusalShownMs: ms(60_000, 'How long readiness names the dataset that was refused last'),
    failureLoggedMs: ms(60_000, 'Shortest time between two lines about one reason for a failed put'),
    maxHoles: count(
      1_024,
      'holes',
      'Runs of missing numbers remembered of a product; of one that is forgotten no late message is taken back',
    ),
    recomputeTimeShare: Type.Number({
      default: 0.5,
      exclusiveMinimum: 0,
      maximum: 1,
      unit: 'share',
      description: 'Of the time of the thread, at most, that a recomputation takes beside live data',
    }),
    recomputeTurnMs: ms(4, 'Longest time for which a recomputation keeps the thread from others'),
    recomputeWaitAbove: Type.Number({
      default: 0.005,
      minimum: 0,
      maximum: 1,
      unit: 'share',
      description: 'Share of --max-backlog-bytes of live chains or ticks above which a recomputation waits',
    }),
    recomputeReportMs: ms(500, 'How often a recomputation reports its progress, and notes how far it is'),
    maxSeries: count(4_096, 'series', 'Products by run of their feed whose numbers are counted'),
  },
);

export interface StorageSettings
  extends LifecycleSettings,
    Omit<ValuesOf<typeof STORAGE.own>, 'stopTimeoutMs'> {
  /** What the data is called that is kept here; messages of another are refused; null: all are taken. */
  readonly dataset: string | null;
  /** As of analytics: which expiry is meant where none is asked for is the same everywhere. */
  readonly maxExpiryLagMs: number;
}

export const STORAGE_DEFAULTS: StorageSettings = {
  ...LIFECYCLE.defaults,
  ...STORAGE.defaults,
  dataset: null,
  maxExpiryLagMs: MAX_EXPIRY_LAG_MS,
};
