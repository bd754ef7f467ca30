import type { WriteStream } from 'node:tty';
import progressBars from 'cli-progress';

/** How far a command is, on a terminal; nothing is written where the output goes elsewhere. */
export interface ProgressBar {
  /** @param share 0 to 1 */
  update(share: number, detail: string): void;
  /** Leaves the last state in its line; idempotent. */
  stop(): void;
}

const WIDTH = 24;

export function createProgressBar(stream: WriteStream): ProgressBar {
  if (!stream.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new progressBars.SingleBar(
    {
      stream,
      hideCursor: true,
      barsize: WIDTH,
      format: '{bar} {percentage}% | {detail}',
      clearOnComplete: false,
    },
    progressBars.Presets.shades_classic,
  );
  bar.start(1, 0, { detail: 'starting' });
  return {
    update: (share, detail) => bar.update(share, { detail }),
    stop: () => bar.stop(),
  };
}
