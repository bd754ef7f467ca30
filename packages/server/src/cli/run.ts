import { once } from 'node:events';
import process, { stderr, stdout } from 'node:process';
import { launch, type Platform } from '../launch.ts';
import { replayPath, type Settings, sourceKind } from '../settings.ts';
import { banner } from './banner.ts';
import { showProgress } from './progress.ts';
import { replaySummary } from './replay-summary.ts';

/** Runs the platform until a signal, or until the end of a replay when the settings say so. */
export async function run(settings: Settings): Promise<void> {
  const stopRequested = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const platform = await launch(settings, (text) => stderr.write(text));
  stdout.write(banner(settings, platform));
  if (sourceKind(settings) === 'replay') await replay(settings, platform, stopRequested);
  const done = settings.exitWhenDone && sourceKind(settings) === 'replay';
  if (!done) await stopRequested;
  await platform.stop();
}

async function replay(
  settings: Settings,
  platform: Platform,
  stopRequested: Promise<unknown>,
): Promise<void> {
  const { feed } = platform.services;
  if (!feed) return;
  const progress = showProgress(feed, stdout);
  const ended = await Promise.race([feed.finished, stopRequested.then(() => null)]);
  progress.stop();
  if (ended === null) return;
  const { bus, marketStore } = platform.ports;
  if (!bus || !marketStore) return;
  await bus.drained();
  stdout.write(await replaySummary(replayPath(settings), ended, bus, marketStore));
  if (!settings.exitWhenDone) stdout.write(`Still serving ${platform.urls.join(', ')}; Ctrl-C stops.\n`);
}
