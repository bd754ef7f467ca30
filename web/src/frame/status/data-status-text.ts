import type { ConnectionState, MarketStatus, ReplayState } from '@deltastream/client';
import type { Format } from '../../format/format.ts';
import { problemText } from '../../market/status/problem-text.ts';
import { replayLabel } from '../../market/status/replay-text.ts';
import { type Venue, venueLabel, venueName, venueSentence } from '../../market/status/venue-text.ts';
import type { Freshness } from './freshness.ts';

/**
 * `live`: figures come. `stopped`: they do not. `waiting`: it is not known yet, or none are due. `as-of`: the page
 * shows an instant of the past, or a recording that is played.
 */
export interface DataStatusText {
  readonly kind: 'live' | 'waiting' | 'stopped' | 'as-of';
  readonly text: string;
}

type ProblemCode = NonNullable<MarketStatus['problems']>[number]['code'];

/** What keeps figures away, in words that a time may follow. */
const CAUSES: Partial<Record<ProblemCode, string>> = {
  bus_away: 'Message bus away',
  bus_silent: 'Message bus silent',
  feed_away: 'Feed away',
  feed_stopped: 'Feed stopped',
  feed_failed: 'Feed failed',
  no_feed: 'No feed',
  replay_finished: 'Replay finished',
  market_closed: 'Market closed',
  enricher_away: 'Enricher away',
  no_enricher: 'No enricher',
  data_stale: 'Stale: no new figures',
  starting: 'Starting',
};

/** Nothing is wrong, and nothing comes. */
const QUIET: ReadonlySet<ProblemCode> = new Set(['replay_finished', 'market_closed', 'no_feed', 'starting']);

/** What is shown: null as instant is live. */
interface Shown {
  readonly product: string | null;
  readonly expiry: string | null;
  readonly at: string | null;
  readonly freshness: Freshness;
  /** Of the newest snapshot; null before one came. ISO-8601. */
  readonly timestamp: string | null;
  /** Where the chain that is shown is from; of a live venue its name. Null before one came. */
  readonly source: string | null;
  /** The replay that the server shows in the place of the live market. */
  readonly replay?: Pick<ReplayState, 'state' | 'speed' | 'at' | 'from'> | null;
}

/** What the page says of the figures that it shows. */
export function dataStatusText(
  state: ConnectionState,
  status: MarketStatus | null,
  { product, expiry, at, freshness, timestamp, source, replay = null }: Shown,
  { timeOfDay, instant, expiry: expiryText }: Pick<Format, 'timeOfDay' | 'instant' | 'expiry'>,
): DataStatusText {
  if (at !== null) return { kind: 'as-of', text: `As of ${instant(at)}` };
  if (state === 'closed') return { kind: 'stopped', text: 'Disconnected' };
  if (state === 'connecting' || status === null) return { kind: 'waiting', text: 'Connecting' };
  // Whatever becomes of the live market meanwhile. Times of the figures may be shifted to now, those of the replay are not.
  if (replay) return { kind: 'as-of', text: replayLabel(replay, instant) };
  const venues = status.feed?.venues ?? [];
  const cause = status.status === 'live' ? null : status.problems?.at(0);
  // Of the product that is shown, where that is known: others may fail beside it.
  const own = venues.find(({ venue }) => venue === source);
  const ofVenues = cause === null || cause?.code === 'feed_failed';
  const failing = own ?? venues.find(({ state: how }) => how !== 'live');
  if (ofVenues && failing && failing.state !== 'live') {
    const kind = failing.state === 'connecting' ? 'waiting' : 'stopped';
    return { kind, text: venueLabel(failing, timeOfDay) };
  }
  if (status.status === 'live' || (ofVenues && own)) {
    const stale = status.stale?.find((each) => each.product === product);
    if (product === null || freshness === 'none') return { kind: 'waiting', text: 'No figures yet' };
    // A recording that is played is never called live.
    if (!stale && freshness === 'fresh' && status.feed?.source === 'replay')
      return { kind: 'as-of', text: replayText(timestamp, instant) };
    if (!stale && freshness === 'fresh')
      return { kind: 'live', text: own ? `Live: ${venueName(own.venue)}` : 'Live' };
    // A product that is stale should come: the server knows its session, and whether its feed keeps to one.
    if (!stale && status.phases[product] === 'closed') return { kind: 'waiting', text: 'Market closed' };
    // All of the product, or this expiry alone.
    const what = stale || expiry === null ? product : `${product} ${expiryText(expiry)}`;
    const since = stale?.since ?? timestamp;
    return {
      kind: 'stopped',
      text: since === null ? `${what}: no figures` : `${what}: no figures since ${timeOfDay(since)}`,
    };
  }
  if (!cause) return { kind: 'stopped', text: status.reason ?? 'Interrupted' };
  const words = CAUSES[cause.code] ?? cause.reason;
  const text = cause.since === null ? words : `${words} since ${timeOfDay(cause.since)}`;
  return { kind: QUIET.has(cause.code) ? 'waiting' : 'stopped', text };
}

const replayText = (timestamp: string | null, instant: Format['instant']): string =>
  timestamp === null ? 'Replay' : `Replay, ${instant(timestamp)}`;

/** What is wrong beside what the label says, one sentence each. */
export function otherProblems(status: MarketStatus | null, timeOfDay: Format['timeOfDay']): string[] {
  const [first, ...rest] = status?.problems ?? [];
  const others = status?.status === 'live' && first ? [first, ...rest] : rest;
  const venues = failingVenues(status);
  const said = others
    // Of a feed whose venues fail each of them is told, with its reason.
    .filter(({ fault, part }) => fault && !(part === 'feed' && venues.length > 0))
    .map(({ part, code, reason, since }) => {
      const isAway = code === 'service_away' || code === 'enricher_away';
      return problemText({ reason: isAway ? `${part} is away` : reason, since }, timeOfDay);
    });
  return [...venues.map((venue) => venueSentence(venue, timeOfDay)), ...said];
}

/** Connecting is no failure before the server takes it for one. */
function failingVenues(status: MarketStatus | null): Venue[] {
  const fails = status?.problems?.some(({ part, fault }) => part === 'feed' && fault);
  return (status?.feed?.venues ?? []).filter(
    ({ state }) => state !== 'live' && (fails || state !== 'connecting'),
  );
}
