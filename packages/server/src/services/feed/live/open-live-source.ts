import {
  type ChainBook,
  type ConnectionClock,
  createChainBook,
  createLiveSource,
  type LiveMarket,
  type LiveSource,
  openWebSocket,
  type Venue,
} from '@deltastream/venues';
import { createCboeVenue, TermsNotAccepted } from '@deltastream/venues/cboe';
import { createDeribitVenue } from '@deltastream/venues/deribit';
import { createDhanVenue } from '@deltastream/venues/dhan';
import { createKiteVenue } from '@deltastream/venues/kite';
import { createOpenAlgoVenue } from '@deltastream/venues/openalgo';
import { createRawTap, type RawTap } from '@deltastream/venues/raw';
import { createUpstoxVenue } from '@deltastream/venues/upstox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LiveConfig } from '../feed-config.ts';
import { createInstrumentFiles } from '../instruments/instrument-files.ts';
import type { Recorder } from '../record/recorder.ts';
import { nextListAt } from './list-times.ts';
import { otherServers, type VenueName } from './venue-settings.ts';

/** Makes each venue of the settings; one more is an entry here, and its line in `VENUES`. */
const FACTORIES: Readonly<Record<VenueName, (config: LiveConfig, clock: Clock) => Venue>> = {
  deribit: ({ deribitUrl, ...config }) =>
    createDeribitVenue({
      ...(deribitUrl && { httpUrl: origin(deribitUrl), wsUrl: `${socketOrigin(deribitUrl)}/ws/api/v2` }),
      times: timesOf(config),
    }),
  kite: ({ kiteUrl, kiteApiKey, kiteAccessToken, kiteTokenPath, ...config }) =>
    createKiteVenue({
      apiKey: required(kiteApiKey, 'kite', 'api-key'),
      accessToken: tokenOf('kite', kiteAccessToken, kiteTokenPath),
      ...(kiteUrl && { restUrl: origin(kiteUrl), socketUrl: socketOrigin(kiteUrl) }),
      times: timesOf(config),
    }),
  upstox: ({ upstoxUrl, upstoxAccessToken, upstoxTokenPath, ...config }) =>
    createUpstoxVenue({
      accessToken: tokenOf('upstox', upstoxAccessToken, upstoxTokenPath),
      ...(upstoxUrl && {
        apiUrl: origin(upstoxUrl),
        listUrl: `${origin(upstoxUrl)}/market-quote/instruments/exchange`,
      }),
      times: timesOf(config),
    }),
  dhan: ({ dhanUrl, dhanClientId, dhanAccessToken, dhanTokenPath, ...config }) =>
    createDhanVenue({
      clientId: required(dhanClientId, 'dhan', 'client-id'),
      accessToken: tokenOf('dhan', dhanAccessToken, dhanTokenPath),
      ...(dhanUrl && {
        apiUrl: `${origin(dhanUrl)}/v2`,
        feedUrl: socketOrigin(dhanUrl),
        listUrl: `${origin(dhanUrl)}/api-data/api-scrip-master-detailed.csv`,
      }),
      times: timesOf(config),
    }),
  openalgo: ({ openalgoUrl, openalgoSocketUrl, openalgoApiKey, openalgoIntervalMs, ...config }) =>
    createOpenAlgoVenue({
      apiKey: required(openalgoApiKey, 'openalgo', 'api-key'),
      ...(openalgoUrl && { url: origin(openalgoUrl) }),
      ...(openalgoSocketUrl && { socketUrl: openalgoSocketUrl }),
      chainIntervalMs: openalgoIntervalMs,
      times: timesOf(config),
    }),
  cboe: ({ cboeTermsAccepted, cboeUrl, cboeContact, cboeIntervalMs, ...config }, clock) =>
    accepted(() =>
      createCboeVenue({
        termsAccepted: cboeTermsAccepted,
        ...(cboeUrl && { url: origin(cboeUrl) }),
        contact: cboeContact,
        intervalMs: (page) => (page === '_SPX' ? LARGE_PAGE_INTERVALS : 1) * cboeIntervalMs,
        pollIntervalMs: cboeIntervalMs,
        firstPauseMs: Math.max(cboeIntervalMs, config.firstRetryMs),
        requestTimeoutMs: config.requestMs,
        now: clock.now,
      }),
    ),
};

/** The page of `_SPX` has 13 MB: it is asked for as many times more seldom. */
const LARGE_PAGE_INTERVALS = 5;

/** An operator is told the terms, and how to accept them. */
function accepted(create: () => Venue): Venue {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof TermsNotAccepted)) throw error;
    throw new DeltaStreamError(
      'invalid_setting',
      `${error.message}\nWhoever has read and accepted them starts it with --cboe-terms-accepted`,
    );
  }
}

function required(value: string | undefined, venue: VenueName, setting: string): string {
  if (value !== undefined) return value;
  throw new DeltaStreamError('invalid_setting', `--source ${venue} needs --${venue}-${setting}`);
}

function tokenOf(venue: VenueName, value: string | undefined, file: string | undefined) {
  if (file !== undefined && value === undefined) return { file };
  if (value !== undefined && file === undefined) return { value };
  throw new DeltaStreamError(
    'invalid_setting',
    `--source ${venue} needs one of --${venue}-token-path (a file, read again for each connection) and --${venue}-access-token`,
  );
}

const origin = (url: string): string => url.replace(/\/$/, '');
const socketOrigin = (url: string): string => origin(url).replace(/^http/, 'ws');

const timesOf = ({
  stallMs,
  firstRetryMs,
  lastRetryMs,
}: Pick<LiveConfig, 'stallMs' | 'firstRetryMs' | 'lastRetryMs'>) => ({
  ...(stallMs === undefined ? {} : { stallMs }),
  firstRetryMs,
  lastRetryMs,
});

/** The connector of a venue. Throws `invalid_setting` naming a setting that it lacks. */
export const createVenue = (name: VenueName, config: LiveConfig, clock: Clock): Venue =>
  FACTORIES[name](config, clock);

export interface LiveContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keeps raw messages; without it they are not kept. */
  readonly keepRaw?: Recorder['keepRaw'];
}

/**
 * Follows the venues of the settings; nothing is connected before the first message is asked for. Rejects with `invalid_setting`
 * where raw messages cannot be kept.
 */
export async function openLiveSource(
  config: LiveConfig,
  { clock, logger, keepRaw }: LiveContext,
): Promise<LiveSource> {
  const selection = { expiries: config.venueExpiries, strikes: config.venueStrikes };
  const markets = [...config.products].map(([name, products]) => ({
    venue: createVenue(name, config, clock),
    selection: { products, ...selection },
    nextListAt: nextListAt(config.venueListsAt, name),
  }));
  const { frozenMs } = config;
  const raw = keepRaw && (await openRawTap(markets, frozenMs, { clock, keepRaw }));
  return createLiveSource(
    markets,
    {
      ...{ clock, random: Math.random, openSocket: openWebSocket },
      createBook: (market) => createBookOf(market, raw?.clock ?? clock, frozenMs),
      ...(config.instrumentFolder !== undefined && {
        keeper: createInstrumentFiles(config.instrumentFolder, otherServers(config), { clock, logger }),
      }),
      ...(raw && { raw }),
      log: logger,
    },
    config,
  );
}

/** The chain book of a venue. */
export function createBookOf(market: LiveMarket, clock: ConnectionClock, frozenMs: number): ChainBook {
  const times = { stallMs: stallMsOf(market, frozenMs), frozenMs, spotFrozenMs: frozenMs, shownMs: frozenMs };
  return createChainBook(market, { clock, times });
}

const stallMsOf = ({ venue: { wire } }: LiveMarket, frozenMs: number) => wire?.times.stallMs ?? frozenMs;

async function openRawTap(
  markets: readonly LiveMarket[],
  frozenMs: number,
  { clock, keepRaw }: { readonly clock: Clock } & Required<Pick<LiveContext, 'keepRaw'>>,
): Promise<RawTap> {
  let write: (parts: readonly Uint8Array[]) => void = () => undefined;
  const tap = createRawTap(
    markets.map((market) => {
      const { venue, selection } = market;
      return { venue: venue.name, ...selection, stallMs: stallMsOf(market, frozenMs), frozenMs };
    }),
    clock,
    (parts) => write(parts),
  );
  write = await keepRaw(tap);
  return tap;
}
