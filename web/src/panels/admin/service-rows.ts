import type { ResponseOf, Routes } from '@deltastream/client';
import { withDurations } from '../../format/duration.ts';
import type { Format } from '../../format/format.ts';
import { type Venue, venueName } from '../../market/status/venue-text.ts';
import { watchdogName } from '../../market/status/watchdog-text.ts';

type Status = ResponseOf<Routes['getStatus']>;

export const SERVICE_COLUMNS = [
  'Service',
  'State',
  'Where',
  'Processes on the bus',
  'Since',
  'Circuit',
  'Latency, ms',
  'Requests',
  'Cached responses sent while it failed',
  'Last error',
] as const;

export const VENUE_COLUMNS = ['Venue', 'State', 'Since', 'Reason'] as const;

/** A row for each venue that the feed follows. */
export const venueRows = (venues: readonly Venue[], timeOfDay: Format['timeOfDay']): (string | null)[][] =>
  venues.map(({ venue, state, since, reason }) => [
    venueName(venue),
    state,
    timeOfDay(since),
    reason === null ? null : withDurations(reason),
  ]);

export const WATCHDOG_COLUMNS = ['Product', 'Venue', 'What', 'Since', 'Detail'] as const;

/** A row for each thing that is wrong with the quotes of a product. */
export const watchdogRows = (venues: readonly Venue[], timeOfDay: Format['timeOfDay']): string[][] =>
  venues.flatMap(({ venue, watchdogs }) =>
    watchdogs.map((watchdog) => [
      watchdog.product,
      venueName(venue),
      watchdogName(watchdog),
      timeOfDay(watchdog.since),
      withDurations(watchdog.detail),
    ]),
  );

/** A row for each service that the gateway or the bus knows, by name; null where one of them knows nothing of it. */
export function serviceRows(
  { upstreams, platform }: Status,
  timeOfDay: Format['timeOfDay'],
): (string | number | null)[][] {
  const names = new Set([...upstreams, ...(platform?.services ?? [])].map(({ name }) => name));
  return [...names].sort().map((name) => {
    const upstream = upstreams.find((each) => each.name === name);
    const service = platform?.services.find((each) => each.name === name);
    const ok = (upstream?.ok ?? true) && (service?.ok ?? true);
    return [
      name,
      ok ? 'ready' : 'not ready',
      upstream ? upstream.place.replace('_', ' ') : null,
      service?.instances ?? null,
      service?.since ? timeOfDay(service.since) : null,
      upstream?.circuit?.replace('_', '-') ?? null,
      upstream?.latency_ms ?? null,
      upstream?.requests ?? null,
      upstream?.stale_answers ?? null,
      upstream?.last_error ?? null,
    ];
  });
}
