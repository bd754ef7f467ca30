import {
  createChainBook,
  createLiveSource,
  type LiveMarket,
  type LiveSource,
  openWebSocket,
  type Venue,
} from '@deltastream/venues';
import { createDeribitVenue } from '@deltastream/venues/deribit';
import { createKiteVenue, type KiteConfig } from '@deltastream/venues/kite';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LiveConfig } from '../feed-config.ts';
import type { VenueName } from './venue-settings.ts';

/** Makes each venue of the settings; one more is an entry here, and its line in `VENUES`. */
const FACTORIES: Readonly<Record<VenueName, (config: LiveConfig) => Venue>> = {
  deribit: ({ deribitUrl, ...config }) =>
    createDeribitVenue({
      ...(deribitUrl && { httpUrl: origin(deribitUrl), wsUrl: `${socketOrigin(deribitUrl)}/ws/api/v2` }),
      times: timesOf(config),
    }),
  kite: ({ kiteUrl, ...config }) =>
    createKiteVenue({
      ...kiteCredentials(config),
      ...(kiteUrl && { restUrl: origin(kiteUrl), socketUrl: socketOrigin(kiteUrl) }),
      times: timesOf(config),
    }),
};

function kiteCredentials({
  kiteApiKey: apiKey,
  kiteAccessToken: value,
  kiteTokenPath: file,
}: Pick<LiveConfig, 'kiteApiKey' | 'kiteAccessToken' | 'kiteTokenPath'>): Pick<
  KiteConfig,
  'apiKey' | 'accessToken'
> {
  if (apiKey === undefined)
    throw new DeltaStreamError(
      'invalid_setting',
      '--source kite needs --kite-api-key or DELTASTREAM_KITE_API_KEY',
    );
  if (file !== undefined && value === undefined) return { apiKey, accessToken: { file } };
  if (value !== undefined && file === undefined) return { apiKey, accessToken: { value } };
  throw new DeltaStreamError(
    'invalid_setting',
    '--source kite needs one of --kite-token-path (a file, read again for each connection) and --kite-access-token',
  );
}

const origin = (url: string): string => url.replace(/\/$/, '');
const socketOrigin = (url: string): string => origin(url).replace(/^http/, 'ws');

const timesOf = ({ stallMs, firstRetryMs, lastRetryMs }: LiveConfig) => ({
  ...(stallMs === undefined ? {} : { stallMs }),
  firstRetryMs,
  lastRetryMs,
});

/** Follows the venues of the settings; nothing is connected before the first message is asked for. */
export function openLiveSource(
  config: LiveConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): LiveSource {
  const selection = { expiries: config.venueExpiries, strikes: config.venueStrikes };
  const markets = [...config.products].map(([name, products]) => ({
    venue: FACTORIES[name](config),
    selection: { products, ...selection },
  }));
  const { frozenMs } = config;
  const createBook = (market: LiveMarket) => {
    const stallMs = market.venue.wire?.times.stallMs ?? frozenMs;
    return createChainBook(market, {
      clock,
      times: { stallMs, frozenMs, spotFrozenMs: frozenMs, shownMs: frozenMs },
    });
  };
  return createLiveSource(
    markets,
    {
      ...{ clock, random: Math.random, openSocket: openWebSocket, createBook },
      log: {
        info: (fields, text) => logger.info(fields, text),
        warn: (fields, text) => logger.warn(fields, text),
      },
    },
    config,
  );
}
