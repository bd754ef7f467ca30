import type { WriteStream } from 'node:tty';
import progressBars from 'cli-progress';
import type { Feed, FeedProgress } from '../../services/feed/service.ts';

const REFRESH_MS = 200; // Smooth to the eye.
const REFRESH_WITHOUT_TERMINAL_MS = 5000; // Each is a line of a log.

/** Shows how far a replay is: position in the recording, rate and time left. */
export function showProgress(feed: Feed, stream: WriteStream): { stop(): void } {
  const bar = new progressBars.SingleBar(
    {
      stream,
      noTTYOutput: true,
      notTTYSchedule: REFRESH_WITHOUT_TERMINAL_MS,
      hideCursor: true,
      barsize: 24,
      format: (options, params, payload: FeedProgress) =>
        line(progressBars.Format.BarFormat(params.progress, options), payload),
    },
    progressBars.Presets.shades_classic,
  );
  const update = () => {
    const progress = feed.progress();
    bar.setTotal(progress.total ?? 1);
    bar.update(progress.position, progress);
  };
  bar.start(1, 0, feed.progress());
  update();
  const timer = setInterval(update, REFRESH_MS);
  return {
    stop: () => {
      clearInterval(timer);
      update();
      bar.stop();
    },
  };
}

/** One line of progress, without a terminal's control characters. */
export function line(bar: string, progress: FeedProgress): string {
  const { position, total, chains, ticks, rejected, timestamp, elapsedMs } = progress;
  const done = total ? Math.min(1, position / total) : 0;
  const at = timestamp === null ? 'starting' : `${new Date(timestamp).toISOString().slice(0, 16)}Z`;
  const rate = elapsedMs > 0 ? ((chains + ticks) * 1000) / elapsedMs : 0;
  const left = done > 0 && elapsedMs > 0 ? duration((elapsedMs * (1 - done)) / done) : '?';
  const problems = rejected > 0 ? ` | ${rejected} rejected` : '';
  return `${bar} ${Math.floor(done * 100)}% | ${at} | ${rate.toFixed(0)} messages/s | ${left} left${problems}`;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
