import { once } from 'node:events';
import process, { stderr, stdout } from 'node:process';
import { DeltaStreamError } from '../../kit/errors.ts';
import { createStdoutLog } from '../../kit/logging/outputs/stdout-log.ts';
import { launch } from '../../launch.ts';
import { sourceKind } from '../../services/feed/source-settings.ts';
import type { Settings } from '../../settings/compose.ts';
import { banner } from './banner.ts';
import { releaseStartMemory } from './release-start-memory.ts';

const STDOUT = 1;

/** Whether the log goes to standard output as JSON: by default wherever no person looks at it. */
const writesLines = ({ logFormat }: Settings): boolean =>
  logFormat === 'json' || (logFormat === 'auto' && !stdout.isTTY);

/**
 * Runs the platform until a signal, also one that comes while it starts, or until the end of a replay when the
 * settings say so. Then it rejects with `replay_incomplete` when something of the replay failed for good.
 */
export async function run(settings: Settings): Promise<void> {
  const stopping = new AbortController();
  const stopRequested = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() =>
    stopping.abort(),
  );
  const lines = writesLines(settings) ? createStdoutLog(STDOUT, settings.logSpoolBytes) : undefined;
  const show = lines ? () => {} : (text: string) => void stderr.write(text);
  const platform = await launch(settings, show, stopping.signal, lines).catch((error) => {
    if (stopping.signal.aborted && error instanceof DeltaStreamError && error.code === 'stopped') return null;
    throw error;
  });
  if (!platform) return;
  // Where standard output is the log, it has nothing but lines of the log.
  (lines ? stderr : stdout).write(banner(settings, platform));
  void releaseStartMemory();
  const isReplay = sourceKind(settings) === 'replay';
  let complete = () => {};
  try {
    if (isReplay) {
      const { watchReplay } = await import('../replay/watch-replay.ts');
      complete = await watchReplay(settings, platform, stopping.signal);
    }
    if (!isReplay || !settings.exitWhenDone) await stopRequested;
  } finally {
    await platform.stop();
    await lines?.flush(settings.logFinalSendMs);
  }
  if (settings.exitWhenDone) complete();
}
