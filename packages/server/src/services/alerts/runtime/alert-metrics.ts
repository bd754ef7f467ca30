import { createMeter } from '../../../kit/health/meter.ts';
import type { CommitResult } from '../../../ports/stores/alerts/alert-records.ts';

/** What is counted of the evaluation of alerts. */
export type AlertMetrics = ReturnType<typeof createAlertMetrics>;

/** Microseconds of a chain that nobody waits for, to a commit that a disk holds up. */
const SECONDS = [0.000_05, 0.000_2, 0.001, 0.005, 0.02, 0.1, 0.5];

export interface WatchedAlerts {
  readonly partitions: () => number;
  readonly rules: () => number;
  readonly unpublished: () => number;
}

export function createAlertMetrics() {
  const { registry, counter, histogram, watch } = createMeter('alerts');
  const evaluated = counter('chains_evaluated_total', 'Chains that rules were judged by');
  const evaluation = histogram('evaluation_seconds', 'Time to judge all rules by a chain', SECONDS);
  const commits = histogram('commit_seconds', 'Time until states and firings were durable', SECONDS);
  const fired = counter('firings_total', 'Firings that were kept');
  return {
    registry,
    /** `begun`: of `performance.now()`. */
    evaluated(begun: number): void {
      evaluated.inc();
      evaluation.observe((performance.now() - begun) / 1_000);
    },
    committed(begun: number, result: CommitResult | null): void {
      commits.observe((performance.now() - begun) / 1_000);
      fired.inc(result?.firings.length ?? 0);
    },
    commitFailures: counter('commit_failures_total', 'Commits that failed and are tried again'),
    limited: counter(
      'limited_firings_total',
      'Firings of accounts with too many in a minute, which are not kept',
    ),
    missing: counter('missing_chains_total', 'Chains that never came, by their numbers, and were not judged'),
    dropped: counter('dropped_chains_total', 'Chains that were not judged again, or came too late', 'reason'),
    malformed: counter('malformed_total', 'Messages that were left out', 'topic'),
    lost: counter('partitions_lost_total', 'Partitions that had to be given up', 'reason'),
    published: counter('published_total', 'Firings that were published'),
    watch({ partitions, rules, unpublished }: WatchedAlerts): void {
      watch('partitions', 'Partitions of products that this worker evaluates', partitions);
      watch('rules', 'Rules that are evaluated', rules);
      watch('unpublished', 'Firings that wait to be published', unpublished);
    },
  };
}
