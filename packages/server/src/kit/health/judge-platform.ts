import {
  type FeedStatus,
  isoTime,
  type PlatformProblem,
  type PlatformStatus,
  PROBLEMS,
  type ProblemCode,
  type ProductPace,
  type ServiceVitals,
  type VenueVitals,
} from '@deltastream/contracts';
import type { Check } from '../../ports/check.ts';
import type { ValuesOf } from '../settings-fragment.ts';
import type { PRESENCE } from './presence-settings.ts';

/** A process that reports. */
export interface LivingProcess {
  readonly process: string;
  readonly services: readonly ServiceVitals[];
  /** Since its last heartbeat, ms. */
  readonly silentMs: number;
}

/** A service of which no process is left. */
export interface LostService {
  /** Epoch ms of the last that was received. */
  readonly at: number;
  readonly how: 'silent' | 'stopped';
  /** What a feed said of its source. */
  readonly source: string | null;
}

/** Everything a judgement rests on. Durations are of a clock that stands while the judge itself does not run. */
export interface Evidence {
  /**
   * The instant (epoch ms) at which a state began that has lasted for so long, ms: the same at every judgement for as long
   * as the state lasts, whatever is done to the wall clock.
   */
  readonly began: (state: string, lastedMs: number) => number;
  /** How long the judge has listened. */
  readonly listeningMs: number;
  readonly bus: {
    readonly connected: boolean;
    readonly reason: string | null;
    readonly since: number | null;
  };
  /** Since when not even the judge's own heartbeats came back; null while they do. */
  readonly echoLostSince: number | null;
  readonly busChecks: readonly Check[];
  readonly living: readonly LivingProcess[];
  readonly lost: ReadonlyMap<string, LostService>;
  /** How far the figures of each product came, whether or not their enricher is left. */
  readonly figures: readonly ProductPace[];
  /** Null for a product without a known calendar. */
  readonly inSession: (product: string) => boolean | null;
}

export type JudgeSettings = Pick<ValuesOf<typeof PRESENCE.own>, 'graceMs' | 'staleAfterMs' | 'quietAfterMs'>;

/** Silence of this many intervals makes a product stale where its feed does not say when its next quote is due. */
const INTERVALS = 3;

/** Silence that makes a product quiet, by what lies between two of its messages. */
export const quietMs = (intervalMs: number | null, { quietAfterMs }: Pick<JudgeSettings, 'quietAfterMs'>) =>
  Math.max(quietAfterMs, INTERVALS * (intervalMs ?? 0));

const GENERATED: ReadonlySet<string> = new Set(['synthetic', 'replay']);

interface Pace {
  readonly ageMs: number;
  /** The same when the service last spoke. */
  readonly saidMs: number;
  readonly intervalMs: number | null;
}

const venueWords = ({ venue, state, reason }: VenueVitals) =>
  `${venue} is ${state}${reason ? `: ${reason}` : ''}`;

/**
 * What follows from what was received: whether figures come, and otherwise what is away, since when. `live`
 * means that figures come or none is due: a replay that waits for its next page is live, one that ended is not.
 */
export function judgePlatform(evidence: Evidence, settings: JudgeSettings): PlatformStatus {
  const { began, living, lost, inSession } = evidence;
  const said = living.flatMap(({ process, services, silentMs }) =>
    services.map((vitals) => ({ process, vitals, silentMs })),
  );
  const of = (name: string) => said.filter(({ vitals }) => vitals.service === name);
  const problem = (
    part: string,
    code: ProblemCode,
    since: number | null,
    { words = PROBLEMS[code] as string, fault = true } = {},
  ): PlatformProblem => ({
    part,
    code,
    reason: since === null ? words : `${words}, since ${isoTime(Math.round(since))}`,
    since: since === null ? null : isoTime(Math.round(since)),
    fault,
  });
  const allowed = { fault: false };

  const paces = (name: string): Map<string, Pace> => {
    const newest = new Map<string, Pace>();
    for (const { vitals, silentMs } of of(name)) {
      for (const { product, age_ms, interval_ms } of vitals.products ?? []) {
        const ageMs = age_ms + silentMs;
        const held = newest.get(product);
        if (!held || ageMs < held.ageMs)
          newest.set(product, { ageMs, saidMs: age_ms, intervalMs: interval_ms });
      }
    }
    return newest;
  };
  const [quoted, enriched] = [paces('feed'), paces('enricher')];
  for (const { product, age_ms, interval_ms } of evidence.figures) {
    if (enriched.has(product)) continue;
    enriched.set(product, { ageMs: age_ms, saidMs: age_ms, intervalMs: interval_ms });
  }
  const [feedSaid] = of('feed').filter(({ vitals }) => vitals.feed);
  const feed = feedSaid?.vitals.feed ?? null;
  const feedMs = feedSaid ? (feed?.for_ms ?? 0) + feedSaid.silentMs : 0;
  const feedSince = () => began(`${feedSaid?.process} feed ${feed?.run}`, feedMs);
  const checkBegan = (
    { process, vitals, silentMs }: (typeof said)[number],
    { check, for_ms }: ServiceVitals['failing'][number],
  ) => began(`${process} ${vitals.service} ${check} fails`, for_ms + silentMs);
  const waits = feed?.run === 'running' && feed.due_in_ms !== null && feed.due_in_ms - feedSaid.silentMs > 0;

  // As the service itself last said: that it fell silent since is another finding.
  const isQuiet = ({ saidMs, intervalMs }: Pace) => saidMs > quietMs(intervalMs, settings);
  const keepsSessions = feed !== null && !GENERATED.has(feed.source);
  const isClosed =
    keepsSessions && quoted.size > 0 && [...quoted.keys()].every((each) => inSession(each) === false);
  /** No quotes are due of one whose market is closed while that of another is open. */
  const isIdle = (product: string) => keepsSessions && !isClosed && inSession(product) === false;
  const stale = [...(feed?.run === 'running' ? quoted : enriched)].flatMap(([product, pace]) => {
    const figures = enriched.get(product);
    const behind = feed?.run === 'running' && (figures?.ageMs ?? feedMs) - pace.ageMs > settings.staleAfterMs;
    const quiet = !waits && isQuiet(pace) && !isIdle(product);
    if (!behind && !quiet) return [];
    return [{ product, since: began(`${product} stale`, figures?.ageMs ?? pace.ageMs) }];
  });
  const products = [...(feed?.run === 'running' ? quoted : enriched).keys()].filter(
    (product) => !isIdle(product),
  ).length;
  const allStale = products > 0 && stale.length === products;
  const staleSince = () => Math.max(...stale.map(({ since }) => since));

  function away(name: string, code: ProblemCode): PlatformProblem | null {
    const gone = lost.get(name);
    if (!gone) return null;
    const words = gone.how === 'stopped' ? `the last ${name} was stopped` : PROBLEMS[code];
    return problem(name, code, gone.at, { words });
  }

  /** What keeps figures away; null while they come. */
  function interruption(): PlatformProblem | null {
    const { bus } = evidence;
    if (!bus.connected)
      return problem('bus', 'bus_away', bus.since, { words: bus.reason ?? PROBLEMS.bus_away });
    if (evidence.echoLostSince !== null) return problem('bus', 'bus_silent', evidence.echoLostSince);
    const early = evidence.listeningMs < settings.graceMs;
    const gone = lost.get('feed');
    if (!feed && gone) {
      return gone.how === 'stopped'
        ? problem('feed', 'feed_stopped', gone.at, allowed)
        : problem('feed', 'feed_away', gone.at);
    }
    if (!feed) {
      // Something else may publish quotes: an import, or a feed that is not ours.
      if (products > 0 && !allStale) return null;
      if (early) return problem('data', 'starting', null, allowed);
      const since =
        enriched.size > 0
          ? began('no feed', Math.min(...[...enriched.values()].map(({ ageMs }) => ageMs)))
          : null;
      return problem('feed', 'no_feed', since, allowed);
    }
    if (feed.run === 'failed') return problem('feed', 'feed_failed', feedSince());
    if (feed.run === 'finished') return problem('feed', 'replay_finished', feedSince(), allowed);
    if (of('enricher').length === 0) {
      if (lost.has('enricher')) return away('enricher', 'enricher_away');
      if (early) return problem('data', 'starting', null, allowed);
      return problem('enricher', 'no_enricher', null, allowed);
    }
    const late = feedSaid.vitals.failing.find(({ check }) => check === 'source');
    const isRefused = late !== undefined && feed.venues?.some(({ state }) => state === 'refused');
    if (late || allStale) {
      // A refusal lasts until somebody gives other credentials, which has to be before the market opens.
      if (isClosed && !isRefused) return problem('data', 'market_closed', null, allowed);
      if (late) return problem('feed', 'feed_failed', checkBegan(feedSaid, late), venueFailure());
      return problem('data', 'data_stale', staleSince());
    }
    return null;
  }

  /** Says which venue fails and how, where the feed follows some. */
  function venueFailure(): { readonly words?: string } {
    const failing = feed?.venues?.filter(({ state }) => state !== 'live') ?? [];
    return failing.length === 0 ? {} : { words: failing.map(venueWords).join('; ') };
  }

  /** Venues that give nothing while another one does: data comes of that one. */
  function venuesAway(): PlatformProblem | null {
    if (feed?.run !== 'running' || !feed.venues?.some(({ state }) => state === 'live')) return null;
    const failing = feed.venues.filter(
      ({ state, for_ms }) => state !== 'live' && (state !== 'connecting' || for_ms > settings.graceMs),
    );
    if (failing.length === 0) return null;
    const since = Math.min(
      ...failing.map(({ venue, state, for_ms }) =>
        began(`${feedSaid.process} venue ${venue} ${state}`, for_ms + feedSaid.silentMs),
      ),
    );
    return problem('feed', 'venue_failed', since, { words: failing.map(venueWords).join('; ') });
  }

  const cause = interruption();
  const problems = cause ? [cause] : [];
  const add = (more: PlatformProblem | null) => {
    if (more && !problems.some(({ part }) => part === more.part)) problems.push(more);
  };
  // While the bus is away nothing is known of anybody else.
  const deaf = cause?.part === 'bus';
  const failing = feedSaid?.vitals.failing.find(({ check }) => check === 'source');
  // Data that is not due hides no venue that fails.
  if (isClosed && cause?.part === 'data' && failing && feed?.venues)
    add(problem('feed', 'feed_failed', checkBegan(feedSaid, failing), venueFailure()));
  if (isClosed && cause?.part === 'feed' && feed?.run === 'running')
    add(problem('data', 'market_closed', null, allowed));
  if (!deaf) add(venuesAway());
  for (const { name, ok, reason } of evidence.busChecks) {
    if (!ok && name !== 'bus')
      add(problem('bus', 'bus_unsafe', null, { words: reason ?? PROBLEMS.bus_unsafe }));
  }
  const names = [...new Set([...said.map(({ vitals }) => vitals.service), ...lost.keys()])].sort();
  const services = names.map((name) => {
    const instances = of(name);
    // As long as one of them is ready the service does its work.
    const ready = instances.some(({ vitals }) => vitals.failing.length === 0);
    const failing = instances.flatMap((instance) =>
      instance.vitals.failing.map((each) => ({ check: each.check, since: checkBegan(instance, each) })),
    );
    const gone = lost.get(name);
    const since =
      gone?.at ?? (ready || failing.length === 0 ? null : Math.min(...failing.map((each) => each.since)));
    if (!deaf && gone && name !== 'feed')
      add(away(name, name === 'enricher' ? 'enricher_away' : 'service_away'));
    if (!deaf && !gone && !ready && since !== null) {
      const words = `${name} is not ready: ${[...new Set(failing.map(({ check }) => check))].join(', ')}`;
      add(problem(name, 'service_not_ready', since, { words }));
    }
    const iso = since === null ? null : isoTime(Math.round(since));
    return { name, instances: instances.length, ok: !gone && ready, since: iso };
  });

  const logTargets = said.flatMap(({ process, vitals, silentMs }) =>
    (vitals.log_targets ?? []).map(({ failing: fails, ...target }) => ({
      ...target,
      state: fails === null ? ('ok' as const) : ('failing' as const),
      reason: fails?.reason ?? null,
      since:
        fails === null
          ? null
          : isoTime(Math.round(began(`${process} log target ${target.target}`, fails.for_ms + silentMs))),
    })),
  );
  return {
    data: cause ? 'interrupted' : 'live',
    feed: feedStatus(),
    services,
    stale: stale.map(({ product, since }) => ({ product, since: isoTime(Math.round(since)) })),
    problems,
    ...(logTargets.length > 0 && { log_targets: logTargets }),
  };

  function feedStatus(): FeedStatus {
    const gone = lost.get('feed');
    if (feed) {
      const sinceOf = (what: string, forMs: number) =>
        isoTime(Math.round(began(`${feedSaid.process} ${what}`, forMs + feedSaid.silentMs)));
      const venues = feed.venues?.map(({ venue, state, for_ms, reason, watchdogs = [] }) => ({
        venue,
        state,
        since: sinceOf(`venue ${venue} ${state}`, for_ms),
        reason,
        watchdogs: watchdogs.map(({ kind, product, for_ms: wrongMs, detail }) => ({
          kind,
          product,
          since: sinceOf(`venue ${venue} ${kind} ${product}`, wrongMs),
          detail,
        })),
      }));
      const since = isoTime(Math.round(feedSince()));
      return { state: feed.run, source: feed.source, since, ...(venues && { venues }) };
    }
    if (!gone) return { state: 'none', source: null, since: null };
    const state = gone.how === 'stopped' ? 'stopped' : 'away';
    return { state, source: gone.source, since: isoTime(Math.round(gone.at)) };
  }
}
