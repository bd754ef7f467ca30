import type { PlatformStatus } from '@deltastream/contracts';

/** What is known of one part of the platform, or of the data of one product. Null: it is not known. */
export interface PlatformObservation {
  /** Observations of one key follow each other. */
  readonly key: string;
  readonly product: string | null;
  readonly values: Readonly<Record<string, number | string | null>>;
}

/** What one look at the platform found. */
export interface PlatformLook {
  readonly nowMs: number;
  readonly status: PlatformStatus;
  readonly deadLetters: number;
  /** Null where it could not be found out. */
  readonly disk: { readonly freeBytes: number; readonly bytes: number } | null;
  /** Messages that were given up since the last look, by product. */
  readonly missing: ReadonlyMap<string, number>;
}

/** Products and services that were in trouble are spoken of for good, so many at most: that they are well again, too. */
const MOST_KNOWN = 10_000;

/** States of feeds and venues that give data, or are not meant to. */
const MEANT: ReadonlySet<string> = new Set(['running', 'finished', 'none', 'live', 'closed']);

/** Problems of services that are no longer there, or do not work. */
const AWAY: ReadonlySet<string> = new Set(['service_away', 'service_not_ready', 'enricher_away']);

/** Makes of the state of the platform what rules of the subject `platform` are judged by, in the same order each time. */
export function createPlatformObservations(): (look: PlatformLook) => PlatformObservation[] {
  const products = new Set<string>();
  const services = new Set<string>();
  const venues = new Set<string>();

  return ({ nowMs, status, deadLetters, disk, missing }) => {
    const secondsSince = (since: string | null) =>
      since === null ? 0 : Math.max(0, (nowMs - Date.parse(since)) / 1_000);
    const stalls = new Map(status.stale.map(({ product, since }) => [product, secondsSince(since)]));
    const frozen = new Map<string, number>();
    const carried = new Map<string, number>();
    const byKind = new Map([
      ['frozen', frozen],
      ['stall', stalls],
      ['oi_zero', carried],
    ]);
    for (const { watchdogs } of status.feed.venues ?? []) {
      for (const { kind, product, since } of watchdogs) {
        const of = byKind.get(kind);
        of?.set(product, Math.max(of.get(product) ?? 0, secondsSince(since)));
      }
    }
    const away = new Map(
      status.problems
        .filter(({ code }) => AWAY.has(code))
        .map(({ part, since }) => [part, secondsSince(since)] as const),
    );
    note(products, [...stalls.keys(), ...frozen.keys(), ...carried.keys(), ...missing.keys()]);
    note(services, away.keys());
    note(
      venues,
      (status.feed.venues ?? []).map(({ venue }) => venue),
    );
    const found = new Map((status.feed.venues ?? []).map((each) => [each.venue, each]));
    const silent = (state: string, since: string | null) => (MEANT.has(state) ? 0 : secondsSince(since));

    const observed: PlatformObservation[] = [
      ...Array.from(products, (product) => ({
        key: `product ${product}`,
        product,
        values: {
          product,
          stall_seconds: stalls.get(product) ?? 0,
          frozen_seconds: frozen.get(product) ?? 0,
          stale_open_interest_seconds: carried.get(product) ?? 0,
          gap_messages: missing.get(product) ?? 0,
        },
      })),
      ...Array.from(services, (service) => ({
        key: `service ${service}`,
        product: null,
        values: { service, service_away_seconds: away.get(service) ?? 0 },
      })),
      {
        key: 'service feed data',
        product: null,
        values: {
          service: 'feed',
          feed_disconnected_seconds: silent(status.feed.state, status.feed.since),
        },
      },
      ...Array.from(venues, (venue) => {
        const { state, since } = found.get(venue) ?? { state: 'closed', since: null };
        return {
          key: `venue ${venue}`,
          product: null,
          values: { service: venue, feed_disconnected_seconds: silent(state, since) },
        };
      }),
      {
        key: 'platform',
        product: null,
        values: {
          dead_letters: deadLetters,
          disk_free_bytes: disk?.freeBytes ?? null,
          disk_free_fraction: disk === null || disk.bytes === 0 ? null : disk.freeBytes / disk.bytes,
        },
      },
    ];
    return observed;
  };
}

function note(known: Set<string>, names: Iterable<string>): void {
  for (const name of names) if (known.size < MOST_KNOWN) known.add(name);
}
