import { stdout } from 'node:process';
import { unlessAborted } from '../../kit/lifecycle/bounded-wait.ts';
import type { Platform } from '../../launch.ts';
import { RETRY_JOBS } from '../../services/enricher/service.ts';
import { replayPath } from '../../services/feed/source-settings.ts';
import type { Settings } from '../../settings/compose.ts';
import { showProgress } from './progress.ts';
import { requireComplete, settledReplay } from './replay-failures.ts';
import { replaySummary } from './replay-summary.ts';

/**
 * Shows how far a replay is until it ends. Resolves with what throws when the replay is not complete; nothing does
 * when it was stopped before its end, or when what becomes of it is known elsewhere.
 */
export async function watchReplay(
  settings: Settings,
  platform: Platform,
  beganAt: number,
  signal: AbortSignal,
): Promise<() => void> {
  const unknown = () => {};
  const { feed } = platform.services;
  if (!feed) return unknown;
  const progress = showProgress(feed, stdout);
  const ended = await unlessAborted(signal, feed.finished, () => null).finally(progress.stop);
  if (ended === null) return unknown;
  const { bus, marketStore, queue } = platform.ports;
  if (!bus || !marketStore || !queue) return unknown;
  const failures = await settledReplay({ bus, queue }, Object.values(RETRY_JOBS), beganAt, signal);
  if (!failures) return unknown;
  stdout.write(await replaySummary(replayPath(settings), ended, feed.generation(), failures, marketStore));
  if (!settings.exitWhenDone) stdout.write(`Still serving ${platform.urls.join(', ')}; Ctrl-C stops.\n`);
  return () => requireComplete(failures, ended);
}
