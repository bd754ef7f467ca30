import type { LogAlertRule } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogEntry, LogStore } from '../../../ports/stores/logs/log-store.ts';

export interface CountingRule {
  readonly rule: LogAlertRule;
  /** Whether it counts the entry. */
  take(entry: LogEntry): boolean;
}

const PAGE = 1_000; // Lines that are read at once: some 300 KB.

/**
 * Gives rules the lines of their last window as the store has them, those that were stored last first, as many as a rule can
 * count. Rejects with `timeout` when that takes longer than it may: rules that it did not come to count from then on.
 */
export async function countStoredLines(
  store: Pick<LogStore, 'query'>,
  rules: readonly CountingRule[],
  { clock, withinMs }: { readonly clock: Clock; readonly withinMs: number },
): Promise<void> {
  const begun = clock.monotonicMs();
  for (const { rule, take } of rules) {
    const fromMs = clock.now() - rule.window_seconds * 1_000 + 1;
    let counted = 0;
    for await (const page of pagesOf(store, rule, fromMs)) {
      if (clock.monotonicMs() - begun >= withinMs)
        throw new DeltaStreamError('timeout', 'the lines of the last window were not read in time');
      for (const entry of page) if (counted <= rule.above && take(entry)) counted += 1;
      if (counted > rule.above) break;
    }
  }
}

async function* pagesOf(
  store: Pick<LogStore, 'query'>,
  rule: LogAlertRule,
  fromMs: number,
): AsyncGenerator<readonly LogEntry[]> {
  const criteria = {
    ...{ event: rule.event, minLevel: rule.level, service: rule.service },
    ...{ product: rule.product, userId: rule.user_id, fromMs },
    fields: Object.entries(rule.fields ?? {}).map(([path, value]) => ({ path, value })),
  };
  const limit = Math.min(PAGE, rule.above + 1);
  for (let beforeId: number | undefined; ; ) {
    const page = await store.query({ ...criteria, beforeId, order: 'id', limit });
    yield page;
    if (page.length < limit) return;
    beforeId = page[page.length - 1].id;
  }
}
