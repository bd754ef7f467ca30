import { stdout } from 'node:process';
import { unlessAborted } from '../../kit/lifecycle/bounded-wait.ts';
import type { Platform } from '../../launch.ts';
import { replayPath } from '../../services/feed/source-settings.ts';
import type { Settings } from '../../settings/compose.ts';
import { showProgress } from './progress.ts';
import { requireComplete, watchFailures } from './replay-failures.ts';
import { replaySummary } from './replay-summary.ts';

/**
 * Shows how far a replay is until it ends. Resolves with what throws when the replay is not complete; nothing does
 * when it was stopped before its end, or when what becomes of it is known elsewhere.
 */
export async function watchReplay(
  settings: Settings,
  platform: Platform,
  signal: AbortSignal,
): Promise<() => void> {
  const unknown = () => {};
  const { feed } = platform.services;
  if (!feed) return unknown;
  const { bus, marketStore, queue } = platform.ports;
  const watch = bus && queue ? await watchFailures({ bus, queue }, signal) : null;
  const progress = showProgress(feed, stdout);
  const ended = await unlessAborted(signal, feed.finished, () => null).finally(progress.stop);
  if (ended === null) return unknown;
  if (!watch || !marketStore) return unknown;
  const generation = feed.generation();
  const failures = await watch.settled(generation);
  if (!failures) return unknown;
  stdout.write(await replaySummary(replayPath(settings), ended, generation, failures, marketStore));
  if (!settings.exitWhenDone) stdout.write(`Still serving ${platform.urls.join(', ')}; Ctrl-C stops.\n`);
  return () => requireComplete(failures, ended);
}
