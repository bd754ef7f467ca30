import { barStart, DAY_MS, localInstant, productInfo, tradingDate } from '@deltastream/reference';

/** When the session that an instant belongs to opens; the UTC day of a product that is not in the reference data. */
export function sessionOf(product: string): (atMs: number) => number {
  const exchange = productInfo(product)?.exchange;
  if (exchange === undefined) return (atMs) => Math.floor(atMs / DAY_MS) * DAY_MS;
  return (atMs) => barStart(exchange, DAY_MS, atMs);
}

/** First instant of the session that an instant belongs to: what is before it is of a session before. */
export function sessionBegin(product: string, atMs: number): number {
  const exchange = productInfo(product)?.exchange;
  if (exchange === undefined) return Math.floor(atMs / DAY_MS) * DAY_MS;
  return localInstant(exchange, tradingDate(exchange, atMs), 0);
}

/** A figure as it was at the last chain of the session before; NaN where it was null, or there is none. */
export interface PreviousClose {
  /** The value of a chain and the session it is of; times do not fall. */
  note(session: number, value: number): void;
  /** A value from the store, whether or not chains came before it was read. */
  seed(session: number, value: number): void;
  /** For chains of this session. */
  before(session: number): number;
}

export function createPreviousClose(): PreviousClose {
  let current = Number.NEGATIVE_INFINITY;
  let last = Number.NaN;
  let close = Number.NaN;
  function note(session: number, value: number): void {
    if (session !== current) {
      close = last;
      current = session;
    }
    last = value;
  }

  return {
    note,
    seed(session, value) {
      if (session > current) note(session, value);
      else if (session < current && Number.isNaN(close)) close = value;
    },
    before: (session) => (session === current ? close : last),
  };
}
