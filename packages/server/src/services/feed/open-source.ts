import type { Source } from '@deltastream/recordings/source';
import type { MarketReport } from '@deltastream/venues';
import type { Logger } from '../../kit/logging/log.ts';
import { openRecording } from '../../kit/recordings/recordings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FeedSourceConfig } from './feed-config.ts';
import type { Recorder } from './record/recorder.ts';
import { createSyntheticSource } from './synthetic/synthetic-source.ts';

/** A source; one of live venues says how each of them is. */
export interface OpenedSource extends Source {
  report?(): readonly MarketReport[];
  /** How often it gives a product anew, ms, where that differs from product to product. */
  intervalMsOf?(product: string): number;
}

export interface OpeningContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The clock of a feed that keeps real time, null of one that does not. */
  readonly paced: Clock | null;
  readonly startMs: number;
  readonly signal: AbortSignal;
  /** Keeps the raw messages of live venues; without it they are not kept. */
  readonly keepRaw?: Recorder['keepRaw'];
}

/** Opens what the feed plays. The code of venues and of recordings is loaded where they are asked for. */
export async function openSource(
  config: FeedSourceConfig,
  { clock, logger, paced, startMs, signal, keepRaw }: OpeningContext,
): Promise<OpenedSource> {
  switch (config.kind) {
    case 'replay':
      return openRecording(config.path, { ...config, signal });
    case 'live': {
      const { openLiveSource } = await import('./live/open-live-source.ts');
      return openLiveSource(config, { clock, logger, keepRaw });
    }
    case 'synthetic':
      return createSyntheticSource({ ...config, startMs: config.startMs ?? startMs }, paced);
  }
}
