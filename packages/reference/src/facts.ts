import calendars from '../data/calendars.json' with { type: 'json' };
import exchanges from '../data/exchanges.json' with { type: 'json' };
import expiries from '../data/expiries.json' with { type: 'json' };
import lots from '../data/lots.json' with { type: 'json' };
import products from '../data/products.json' with { type: 'json' };
import { type TimeZone, timeZone } from './dates/time-zone.ts';
import type {
  CalendarData,
  Exchange,
  ExchangeData,
  ProductData,
  ProductKind,
  ReferenceData,
  SpecialSession,
} from './schema.ts';

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

/** What is fixed about a product. */
export interface ProductInfo {
  readonly symbol: string;
  readonly name: string;
  readonly exchange: Exchange;
  readonly kind: ProductKind;
  /** Currency of strikes, of the underlying and of premiums as this platform shows them. */
  readonly currency: string;
  /** Smallest step of a premium, in `premiumUnit`. */
  readonly priceTick: number;
  /** `coin`: the venue quotes premiums in the underlying (inverse options), not in `currency`. */
  readonly premiumUnit: 'currency' | 'coin';
  /** Symbol of the volatility index that its exchange publishes of it, a series of its own; null: none is known. */
  readonly volatilityIndex: string | null;
  /** Usual distance of neighbouring strikes near the money, in `currency`. */
  readonly strikeStep: number;
  /** Expiries of this root that settle at the opening (AM settlement), not at the close. */
  readonly settledAtOpen: NonNullable<ProductData['settled_at_open']>;
}

/** By the data it was made from, so that it is made once. */
const made = new WeakMap<ProductData, ProductInfo>();

/** What is known about a product; null when the symbol is not known. */
export function productInfo(symbol: string): ProductInfo | null {
  const { products } = facts().data;
  if (!Object.hasOwn(products, symbol)) return null;
  const data = products[symbol];
  const known = made.get(data);
  if (known) return known;
  const info: ProductInfo = {
    symbol,
    name: data.name,
    exchange: data.exchange,
    kind: data.kind,
    currency: data.currency,
    priceTick: data.price_tick,
    premiumUnit: data.premium_unit ?? 'currency',
    volatilityIndex: data.volatility_index ?? null,
    strikeStep: data.strike_step,
    settledAtOpen: data.settled_at_open ?? 'never',
  };
  made.set(data, info);
  return info;
}
