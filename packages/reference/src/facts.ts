import calendars from '../data/calendars.json' with { type: 'json' };
import exchanges from '../data/exchanges.json' with { type: 'json' };
import expiries from '../data/expiries.json' with { type: 'json' };
import lots from '../data/lots.json' with { type: 'json' };
import products from '../data/products.json' with { type: 'json' };
import { type TimeZone, timeZone } from './dates/time-zone.ts';
import type { CalendarData, Exchange, ExchangeData, ReferenceData, SpecialSession } from './schema.ts';

/** The facts that come with this package. A test holds the files to their schema. */
export const SHIPPED_REFERENCE = {
  calendars,
  exchanges,
  products,
  lots,
  expiries,
} as unknown as ReferenceData;

/** A calendar as it is asked. */
export interface Calendar {
  readonly covers: CalendarData['covers'];
  readonly closed: ReadonlySet<string>;
  readonly earlyCloses: ReadonlySet<string>;
  readonly specialSessions: ReadonlyMap<string, SpecialSession>;
}

interface Facts {
  readonly data: ReferenceData;
  /** Made when it is asked for, once a name: one with daylight saving costs milliseconds. */
  zone(exchange: Exchange): TimeZone;
  /** By exchange; null where there is a session every day. */
  readonly calendars: Readonly<Record<Exchange, Calendar | null>>;
}

function indexed(data: ReferenceData): Facts {
  const each = <T>(make: (exchange: ExchangeData) => T) =>
    Object.fromEntries(
      Object.entries(data.exchanges).map(([name, exchange]) => [name, make(exchange)]),
    ) as Record<Exchange, T>;
  const zones = new Map<string, TimeZone>();
  return {
    data,
    zone(exchange) {
      const name = data.exchanges[exchange].time_zone;
      const known = zones.get(name);
      if (known) return known;
      const zone = timeZone(name);
      zones.set(name, zone);
      return zone;
    },
    calendars: each(({ calendar }) => (calendar === null ? null : asked(data.calendars[calendar]))),
  };
}

function asked({ covers, closed, early_closes, special_sessions }: CalendarData): Calendar {
  return {
    covers,
    closed: new Set(closed),
    earlyCloses: new Set(early_closes),
    specialSessions: new Map(special_sessions.map((session) => [session.date, session])),
  };
}

let current = indexed(SHIPPED_REFERENCE);

/** The facts in force in this process. */
export const facts = (): Facts => current;

/**
 * Sets the facts of this process: once, at its start, before anything asks for them
 * (docs/decisions/0019-reference-data.md). Returns what puts the former ones back, for tests.
 */
export function useReference(data: ReferenceData): () => void {
  const former = current;
  current = indexed(data);
  return () => {
    current = former;
  };
}
