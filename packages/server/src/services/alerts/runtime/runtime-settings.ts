import { count, ms, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';

/** Of the evaluation of alerts. */
export const ALERT_RUNTIME = settingsFragment('Alerts', {}, 'alerts', {
  leaseMs: ms(
    10_000,
    'How long a worker holds products without renewing: after it was killed, others go on with them then',
    1_000,
    3_600_000,
  ),
  rulesMs: ms(1_000, 'How often changes of rules that another process made are looked for'),
  orderWaitMs: ms(500, 'How long chains of a product wait for one before them; then it is given up'),
  maxHeldChains: count(256, 'chains', 'Chains of a product that wait so, at most'),
  maxUnreadChains: count(
    10_000,
    'chains',
    'Chains of a product that wait while the past is read that its rules need; more are not judged',
  ),
  maxProducts: count(
    10_000,
    'products',
    'Products that are evaluated, of each partition; of more none are',
    1,
  ),
  settleMs: ms(
    2_000,
    'A figure of a product counts for chains that are later by this much, so that live and stored give the same',
    0,
  ),
  figuresQuietMs: ms(
    200,
    'When figures of products are read again after a stop, chains wait until none came for so long',
    1,
  ),
  figuresWaitMs: ms(5_000, 'The longest such wait', 1),
  commitMs: ms(
    20,
    'Longest time that changed states wait for others to be kept with; firings do not wait',
    0,
  ),
  positionMs: ms(5_000, 'How often it is kept how far the streams were evaluated'),
  resumeGapMs: ms(
    600_000,
    'For how long its state says that chains came while nobody evaluated them and are on the bus no more',
  ),
  maxPendingFirings: count(
    10_000,
    'firings',
    'Firings that wait to be kept; then a partition begins again there',
  ),
  retryMs: ms(100, 'First wait after the store failed; doubles up to the longest'),
  maxRetryMs: ms(5_000, 'The longest such wait'),
  republishMs: ms(5_000, 'How often firings are published again of which it is not known that they were'),
  platformMs: ms(1_000, 'How often rules about the platform are judged', 100),
  firingsPerMinute: count(
    2_000,
    'firings',
    'Firings of one account that are kept of a minute of the data, by each process; of more none are. A rule on every product may fire for each at the open',
    1,
  ),
  testsPerAccount: count(1, 'tests', 'Tests of rules of one account that run at a time', 1, 100),
  tests: count(2, 'tests', 'Tests of rules over what is stored that run at a time', 1, 100),
  testTimeoutMs: ms(300_000, 'The longest time of such a test'),
  testProgressMs: ms(1_000, 'How often it says how far it is', 100),
  accountsMs: ms(
    300_000,
    'How often it is asked which accounts are gone or disabled, for what was not told',
    100,
  ),
  accountsRetryMs: ms(5_000, 'When it is asked again after nobody said it', 10),
  accountsTimeoutMs: ms(5_000, 'How long the auth service may take to say it', 10),
  unknownAccountMs: ms(
    86_400_000,
    'After how long all is removed of an account that is not known, whose deletion was not told; nothing fires meanwhile',
    0,
  ),
  keepDays: count(90, 'days', 'How long firings and attempts to deliver them are listed', 1, 3_650),
  keepFirings: count(
    100_000,
    'firings',
    'Newest firings of one account that are listed at most; some 100 MB',
    1,
  ),
  sweepMs: ms(3_600_000, 'How often older ones are removed'),
});

export type RuntimeSettings = ValuesOf<typeof ALERT_RUNTIME.own>;
