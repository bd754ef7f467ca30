import { once } from 'node:events';
import process, { stderr, stdout } from 'node:process';
import { DeltaStreamError } from '../kit/errors.ts';
import { launch, type Platform } from '../launch.ts';
import { RETRY_JOBS } from '../services/enricher/service.ts';
import { replayPath, type Settings, sourceKind } from '../settings/compose.ts';
import { banner } from './banner.ts';
import { showProgress } from './progress.ts';
import { requireComplete, settledReplay } from './replay-failures.ts';
import { replaySummary } from './replay-summary.ts';

/**
 * Runs the platform until a signal, also one that comes while it starts, or until the end of a replay when the
 * settings say so. Then it rejects with `replay_incomplete` when something of the replay failed for good.
 */
export async function run(settings: Settings): Promise<void> {
  const stopping = new AbortController();
  const stopRequested = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() =>
    stopping.abort(),
  );
  const beganAt = Date.now();
  const platform = await launch(settings, (text) => stderr.write(text), stopping.signal).catch((error) => {
    if (stopping.signal.aborted && error instanceof DeltaStreamError && error.code === 'stopped') return null;
    throw error;
  });
  if (!platform) return;
  stdout.write(banner(settings, platform));
  const isReplay = sourceKind(settings) === 'replay';
  let complete = () => {};
  try {
    if (isReplay) complete = await replay(settings, platform, beganAt, stopping.signal);
    if (!isReplay || !settings.exitWhenDone) await stopRequested;
  } finally {
    await platform.stop();
  }
  if (settings.exitWhenDone) complete();
}

/**
 * Answers what throws when the replay is not complete; nothing does when it was stopped before its end, or when
 * what becomes of it is known elsewhere.
 */
async function replay(
  settings: Settings,
  platform: Platform,
  beganAt: number,
  signal: AbortSignal,
): Promise<() => void> {
  const unknown = () => {};
  const { feed } = platform.services;
  if (!feed) return unknown;
  const progress = showProgress(feed, stdout);
  const stopped = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const ended = await Promise.race([feed.finished, stopped.then(() => null)]).finally(progress.stop);
  if (ended === null) return unknown;
  const { bus, marketStore, queue } = platform.ports;
  if (!bus || !marketStore || !queue) return unknown;
  const failures = await settledReplay({ bus, queue }, Object.values(RETRY_JOBS), beganAt, signal);
  if (!failures) return unknown;
  stdout.write(await replaySummary(replayPath(settings), ended, feed.generation(), failures, marketStore));
  if (!settings.exitWhenDone) stdout.write(`Still serving ${platform.urls.join(', ')}; Ctrl-C stops.\n`);
  return () => requireComplete(failures, ended);
}
