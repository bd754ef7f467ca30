import type { Side } from '@deltastream/contracts';
import {
  type Exchange,
  listedOn,
  lotSize as lotOf,
  productInfo,
  type Settlement,
  settlementOf,
} from '@deltastream/reference';
import type { Instrument, InstrumentId, InstrumentList } from '../instrument.ts';

/** How a contract was listed from a list on, until the next of its terms. */
export interface Terms {
  /** Epoch ms of the list that first said so. */
  readonly from: number;
  /** Null where it is no option. */
  readonly strike: number | null;
  /** Units of the underlying per contract; null: the venue does not say it. */
  readonly lotSize: number | null;
  readonly priceTick: number | null;
  /** What 1 of the premium, in the venue's unit, is worth of one contract, in the currency of settlement; null: not known. */
  readonly multiplier: number | null;
  /** How it settles; null where it is no option, is not known, or was listed before this was kept. */
  readonly delivery: Settlement['delivery'] | null;
  readonly style: Settlement['style'] | null;
  readonly settlementCurrency: string | null;
}

/**
 * A contract as a venue listed it in the course of time. It is the same contract while the venue's id, the expiry and the side
 * are the same: a corporate action changes its strike and its lot, and an id is given to another one after the expiry only.
 */
export interface KnownContract {
  readonly kind: Instrument['kind'];
  readonly id: InstrumentId;
  readonly symbol: string;
  readonly exchange: Exchange;
  /** 'YYYY-MM-DD'; null of an underlying, as is the instant at which it ceases. */
  readonly expiry: string | null;
  readonly expiresAt: number | null;
  readonly side: Side | null;
  /** By ascending `from`; at least one. */
  readonly terms: readonly Terms[];
  /** Epoch ms of the first list without it; null while it is listed. */
  readonly endedAt: number | null;
}

/** What a venue lists and listed. */
export interface InstrumentMaster {
  readonly venue: string;
  /** Epoch ms of its newest list. */
  readonly asOf: number;
  readonly contracts: readonly KnownContract[];
}

/** Contracts of the past beyond this are forgotten, those that ended first: some 35 MB of a file that is written as one. */
const MOST_CONTRACTS = 100_000;

/**
 * The master with a newer list: what is new begins with it, terms that changed are added, and what is gone of its products has
 * ended. Products that are not in the list stay as they are. A list that is older than the master changes nothing.
 */
export function withList(
  master: InstrumentMaster | null,
  venue: string,
  { asOf, instruments }: InstrumentList,
): InstrumentMaster {
  if (master !== null && asOf <= master.asOf) return master;
  const listed = new Map(instruments.map((each) => [keyOf(identityOf(each)), each]));
  const products = new Set(instruments.map(({ listing }) => listing.symbol));
  const contracts: KnownContract[] = [];
  for (const known of master?.contracts ?? []) {
    const key = keyOf(known);
    const each = listed.get(key);
    listed.delete(key);
    if (each !== undefined) contracts.push(listedAgain(known, each, asOf));
    else if (known.endedAt === null && products.has(known.symbol))
      contracts.push({ ...known, endedAt: asOf });
    else contracts.push(known);
  }
  for (const each of listed.values())
    contracts.push({ ...identityOf(each), terms: [termsOf(each, asOf)], endedAt: null });
  return { venue, asOf, contracts: bounded(contracts) };
}

/** A venue's clock may be ahead of this one. */
const CLOCKS_DIFFER_MS = 3_600_000; // Far more than clocks differ that are set, far less than the time between two lists.

/**
 * The master without times after `now`: where a clock was wrong, what it dated is as if it were of this moment, so that the lists
 * that follow count.
 */
export function asKnownAt(master: InstrumentMaster, now: number): InstrumentMaster {
  if (master.asOf <= now + CLOCKS_DIFFER_MS) return master;
  // Before the list that comes now.
  const latest = now - 1;
  const contracts = master.contracts.map((known) => {
    const past = known.terms.filter(({ from }) => from <= latest);
    const ahead = known.terms.slice(past.length).slice(-1);
    return {
      ...known,
      terms: [...past, ...ahead.map((terms) => ({ ...terms, from: latest }))],
      endedAt: known.endedAt === null ? null : Math.min(known.endedAt, latest),
    };
  });
  return { ...master, asOf: latest, contracts };
}

/**
 * What the newest list holds that has not ceased since; null where it knows nothing of a product that is wanted. The volatility
 * index of another may be missing, as in a list of before it was followed: it comes with the next one.
 */
export function newestList(
  { asOf, contracts }: InstrumentMaster,
  products: readonly string[],
  now: number,
): InstrumentList | null {
  const wanted = new Set(products);
  const instruments = contracts
    .filter(
      ({ symbol, endedAt, expiresAt }) =>
        wanted.has(symbol) && endedAt === null && (expiresAt ?? now + 1) > now,
    )
    .map(instrumentOf);
  const found = new Set(instruments.map(({ listing }) => listing.symbol));
  const indices = new Set(products.flatMap((each) => productInfo(each)?.volatilityIndex ?? []));
  return products.every((each) => found.has(each) || indices.has(each))
    ? { asOf, instruments, rejected: new Map() }
    : null;
}

/** The contracts of a product that were listed at an instant (epoch ms), with their terms of then alone. */
export function contractsAt({ contracts }: InstrumentMaster, symbol: string, at: number): KnownContract[] {
  return contracts.flatMap((known) => {
    if (known.symbol !== symbol || (known.endedAt ?? at + 1) <= at || (known.expiresAt ?? at + 1) <= at)
      return [];
    const terms = known.terms.findLast(({ from }) => from <= at);
    return terms === undefined ? [] : [{ ...known, terms: [terms] }];
  });
}

function listedAgain(known: KnownContract, each: Instrument, asOf: number): KnownContract {
  const now = termsOf(each, asOf);
  const last = known.terms[known.terms.length - 1];
  const isSame = TERMS.every((name) => last[name] === now[name]);
  if (isSame && known.endedAt === null) return known;
  return { ...known, terms: isSame ? known.terms : [...known.terms, now], endedAt: null };
}

function identityOf(each: Instrument): Omit<KnownContract, 'terms' | 'endedAt'> {
  const { kind, id, listing } = each;
  const { symbol, exchange } = listing;
  if (kind === 'underlying') return { kind, id, symbol, exchange, expiry: null, expiresAt: null, side: null };
  const { expiry, expiresAt } = each;
  return { kind, id, symbol, exchange, expiry, expiresAt, side: kind === 'option' ? each.side : null };
}

/** What a list may say anew of a contract. */
const TERMS = [
  'strike',
  'lotSize',
  'priceTick',
  'multiplier',
  'delivery',
  'style',
  'settlementCurrency',
] as const satisfies readonly (keyof Terms)[];

/** What the venue does not say is by reference data. */
function termsOf(each: Instrument, from: number): Terms {
  const { listing } = each;
  const none = { strike: null, lotSize: null, multiplier: null };
  const unsettled = { delivery: null, style: null, settlementCurrency: null };
  if (each.kind !== 'option') return { from, priceTick: listing.priceTick, ...none, ...unsettled };
  const { strike, lotSize, expiry, multiplier, settlement } = each;
  const known = settlementOf(listing, expiry);
  const delivery = settlement?.delivery ?? known?.delivery ?? null;
  return {
    ...{ from, strike, lotSize, priceTick: listing.priceTick },
    multiplier: multiplier ?? lotSize ?? lotOf(listing.symbol, expiry, from, listing.exchange),
    delivery,
    style: settlement?.style ?? known?.style ?? null,
    settlementCurrency: settlement?.currency ?? (delivery === null ? null : listing.currency),
  };
}

const keyOf = ({ kind, id, symbol, expiry, side }: Omit<KnownContract, 'terms' | 'endedAt'>): string =>
  `${kind} ${id} ${symbol} ${expiry} ${side}`;

function instrumentOf({
  kind,
  id,
  symbol,
  exchange,
  expiry,
  expiresAt,
  side,
  terms,
}: KnownContract): Instrument {
  const { strike, lotSize, priceTick } = terms[terms.length - 1];
  const listing = { ...listedOn(exchange, symbol), priceTick };
  if (kind === 'option' && expiry !== null && expiresAt !== null && side !== null && strike !== null)
    return { kind, id, listing, expiry, expiresAt, strike, side, lotSize };
  if (kind === 'future' && expiry !== null && expiresAt !== null)
    return { kind, id, listing, expiry, expiresAt };
  return { kind: 'underlying', id, listing };
}

function bounded(contracts: KnownContract[]): KnownContract[] {
  const beyond = contracts.length - MOST_CONTRACTS;
  if (beyond <= 0) return contracts;
  const ended = contracts.filter(({ endedAt }) => endedAt !== null);
  const gone = new Set(ended.sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).slice(0, beyond));
  return contracts.filter((each) => !gone.has(each));
}
