import type { RecordingOptions } from '@deltastream/recordings';
import { DeltaStreamError } from '../../kit/errors.ts';
import { RECORDINGS } from '../../kit/recordings/recording-settings.ts';
import type { ValuesOf } from '../../kit/settings-fragment.ts';
import { instrumentFolder, type KeptPlaces, placesOf } from './instruments/instrument-folder.ts';
import { LIVE, openalgoUrlOf, otherServers, VENUE_NAMES, type VenueName } from './live/venue-settings.ts';
import { RECORD } from './record/record-settings.ts';
import type { RecordConfig } from './record/recorder.ts';
import { FEED } from './settings.ts';
import {
  followedProducts,
  recordedAt,
  recordedExpiry,
  replayPath,
  type SOURCE,
  sourceKind,
} from './source-settings.ts';
import type { SyntheticConfig } from './synthetic/synthetic-config.ts';
import { SYNTHETIC } from './synthetic/synthetic-settings.ts';

/** Live venues: what is followed of each, and how. */
export interface LiveConfig extends ValuesOf<typeof LIVE.own> {
  readonly products: ReadonlyMap<VenueName, readonly string[]>;
  /** Where what the venues list is kept; without it nothing is. */
  readonly instrumentFolder?: string;
}

export type FeedSourceConfig =
  | ({ readonly kind: 'synthetic' } & SyntheticConfig)
  | ({ readonly kind: 'replay'; readonly path: string } & RecordingOptions)
  | ({ readonly kind: 'live' } & LiveConfig);

export interface FeedConfig extends Partial<ValuesOf<typeof FEED.own>> {
  readonly source: FeedSourceConfig;
  /** Where lists of instruments are kept, which requests ask for; without it there are none. */
  readonly kept?: KeptPlaces;
  /** What the data is called, said on every message, so that no store takes it for another's. */
  readonly dataset?: string;
  /** Where everything that is published is recorded; without it nothing is. */
  readonly record?: RecordConfig;
}

type FeedSource = ValuesOf<
  typeof FEED.published &
    typeof SYNTHETIC.published &
    typeof SOURCE.published &
    typeof RECORDINGS.published &
    typeof LIVE.published &
    typeof RECORD.published
>;

/** What the settings of the platform say to a feed of the dataset. Throws `invalid_setting` naming a wrong instant, date or product. */
export function feedConfig(
  settings: FeedSource & { readonly data: string },
  dataset: string,
  release: string,
): FeedConfig {
  const { speed, keepExisting, ...limits } = FEED.of(settings);
  const source = sourceConfig(settings);
  return {
    ...{ source, kept: keptPlaces(settings), ...limits, dataset, record: recordConfig(settings, release) },
    ...(source.kind === 'replay' && { speed, keepExisting }),
  };
}

/** What says where lists are kept, and of which servers. */
export interface KeptSettings extends Readonly<Partial<Record<`${VenueName}Url`, string>>> {
  readonly data: string;
  readonly source: string;
}

/** Where the lists are kept of each venue as the settings name it. */
export const keptPlaces = (settings: KeptSettings): KeptPlaces => ({
  folder: instrumentFolder(settings.data),
  places: placesOf(VENUE_NAMES, otherServers({ ...settings, openalgoUrl: openalgoUrlOf(settings) })),
});

function sourceConfig(settings: FeedSource & { readonly data: string }): FeedSourceConfig {
  if (sourceKind(settings) === 'replay')
    return {
      kind: 'replay',
      path: replayPath(settings),
      product: settings.recordedProduct,
      expiry: recordedExpiry(settings),
      recordedAt: recordedAt(settings),
      limits: RECORDINGS.of(settings),
    };
  if (sourceKind(settings) === 'live') {
    const openalgoUrl = openalgoUrlOf(settings);
    const products = followedProducts(settings);
    return {
      ...{ kind: 'live', ...LIVE.of(settings), openalgoUrl, products },
      instrumentFolder: instrumentFolder(settings.data),
    };
  }
  return { kind: 'synthetic', ...SYNTHETIC.of(settings) };
}

/**
 * Undefined where nothing is to be recorded. Throws `invalid_setting` where raw messages are to be kept beside nothing, or of a
 * source that has none.
 */
function recordConfig(settings: FeedSource, release: string): RecordConfig | undefined {
  const { record, ...more } = RECORD.of(settings);
  if (more.keepRaw && sourceKind(settings) !== 'live')
    throw new DeltaStreamError(
      'invalid_setting',
      '--keep-raw keeps what live venues send, and --source names none: leave it out',
    );
  if (record !== undefined) return { record, ...more, release };
  if (!more.keepRaw) return undefined;
  throw new DeltaStreamError(
    'invalid_setting',
    '--keep-raw keeps raw messages beside a recording: say --record FILE or FOLDER, too',
  );
}
