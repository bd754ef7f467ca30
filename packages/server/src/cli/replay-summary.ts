import type { Bus } from '../ports/bus.ts';
import type { MarketReader } from '../ports/market-store.ts';
import type { FeedSummary } from '../services/feed/service.ts';

/** What a replay read and what the store holds now. `rejected` rows were named in the log as they came. */
export async function replaySummary(
  path: string,
  feed: FeedSummary,
  bus: Bus,
  store: MarketReader,
): Promise<string> {
  const counts = await store.counts();
  const dead = bus.stats().reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  const seconds = feed.elapsedMs / 1000;
  const number = (value: number) => value.toLocaleString('en');
  const span =
    feed.firstTimestamp === null || feed.lastTimestamp === null
      ? 'nothing'
      : `${new Date(feed.firstTimestamp).toISOString()} to ${new Date(feed.lastTimestamp).toISOString()}`;
  const reasons = Object.entries(feed.rejectedByReason).map(([reason, count]) => `${reason} ${count}`);
  return [
    `Replay finished: ${path} in ${seconds.toFixed(1)} s`,
    `  Read          ${number(feed.chains)} chains, ${number(feed.ticks)} ticks, ${span}`,
    `  Rejected      ${number(feed.rejected)}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`,
    `  Dead letters  ${number(dead)}`,
    `  Store holds   ${number(counts.snapshots)} snapshots, ${number(counts.quotes)} quotes, ` +
      `${number(counts.ticks)} ticks, ${number(counts.bars)} bars, ${(counts.bytes / 1e6).toFixed(1)} MB`,
    '',
  ].join('\n');
}
