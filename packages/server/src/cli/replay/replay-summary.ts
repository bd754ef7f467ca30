import type { MarketReader, RowCounts } from '../../ports/stores/market/market-store.ts';
import type { FeedSummary } from '../../services/feed/service.ts';
import { REASONS_SHOWN, type ReplayFailures } from './replay-failures.ts';

const number = (value: number) => value.toLocaleString('en');

/** What a replay read and what the store holds now. `rejected` rows were named in the log as they came. */
export async function replaySummary(
  path: string,
  feed: FeedSummary,
  generation: number | null,
  failures: ReplayFailures,
  store: MarketReader,
): Promise<string> {
  const counts = await store.counts();
  const taken = generation === null ? null : await store.importCounts(generation);
  const dead = [...failures.dead].map(([reason, count]) => `    ${number(count)} x ${reason}`);
  const deadTotal = [...failures.dead.values()].reduce((sum, count) => sum + count, 0);
  const { waitedFor, done } = failures.retried;
  const seconds = feed.elapsedMs / 1000;
  const span =
    feed.firstTimestamp === null || feed.lastTimestamp === null
      ? 'nothing'
      : `${new Date(feed.firstTimestamp).toISOString()} to ${new Date(feed.lastTimestamp).toISOString()}`;
  const reasons = Object.entries(feed.rejectedByReason).map(([reason, count]) => `${reason} ${count}`);
  return [
    `Replay finished: ${path} in ${seconds.toFixed(1)} s`,
    `  Read          ${number(feed.chains)} chains, ${number(feed.ticks)} ticks, ${span}`,
    `  Rejected      ${number(feed.rejected)}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`,
    ...(waitedFor > 0 ? [`  Tried again   ${number(waitedFor)}, of which ${number(done)} done`] : []),
    `  Dead letters  ${number(deadTotal)}`,
    ...dead.slice(0, REASONS_SHOWN),
    ...(taken === null
      ? []
      : [
          `  Stored        chains: ${rows(feed.chains, taken.chains)}; ticks: ${rows(feed.ticks, taken.ticks)}`,
        ]),
    `  Store holds   ${number(counts.snapshots)} snapshots, ${number(counts.quotes)} quotes, ` +
      `${number(counts.ticks)} ticks, ${number(counts.bars)} bars, ${(counts.bytes / 1e6).toFixed(1)} MB`,
    '',
  ].join('\n');
}

/** What is neither of the three lost to what is stored, or failed, or came twice in the recording. */
function rows(read: number, { new: added, replaced, same }: RowCounts): string {
  const rest = Math.max(0, read - added - replaced - same);
  return `${number(added)} new, ${number(replaced)} replaced, ${number(same)} the same, ${number(rest)} not taken`;
}
