import type { RecordingOptions } from '@deltastream/recordings';
import type { ValuesOf } from '../../kit/settings-fragment.ts';
import type { FEED } from './settings.ts';
import type { SyntheticConfig } from './synthetic/synthetic-config.ts';

export type FeedSourceConfig =
  | ({ readonly kind: 'synthetic' } & SyntheticConfig)
  | ({ readonly kind: 'replay'; readonly path: string } & RecordingOptions);

export interface FeedConfig extends Partial<ValuesOf<typeof FEED.own>> {
  readonly source: FeedSourceConfig;
  /** What the data is called, said on every message, so that no store takes it for another's. */
  readonly dataset?: string;
}
