import { contractId, type InstrumentView, isoTime, type ListedProductView } from '@deltastream/contracts';
import { exchangeDate, expiryDoubt, listedOn } from '@deltastream/reference';
import { contractsAt, type InstrumentMaster, type KnownContract } from '@deltastream/venues/master';

/** A contract of a venue as it was listed at an instant: `known.terms` holds the terms of then alone. */
interface ListedContract {
  readonly venue: string;
  /** Epoch ms of the venue's newest list. */
  readonly asOf: number;
  readonly known: KnownContract;
  /** Epoch ms of the first list with the contract, and of the first with other terms than those of then. */
  readonly listedFrom: number;
  readonly termsUntil: number | null;
  /** Its other strikes, oldest first. */
  readonly otherStrikes: readonly number[];
}

/** The products of a venue's list, by name. */
export function listedProducts(
  { venue, asOf, contracts }: InstrumentMaster,
  now: number,
): ListedProductView[] {
  const bySymbol = Map.groupBy(contracts, ({ symbol }) => symbol);
  return [...bySymbol]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([product, all]) => {
      const listed = all.filter(
        ({ endedAt, expiresAt }) => endedAt === null && (expiresAt === null || expiresAt > now),
      );
      const options = listed.filter(({ kind }) => kind === 'option');
      return {
        product,
        venue,
        exchange: all[0].exchange,
        options: options.length,
        futures: listed.filter(({ kind }) => kind === 'future').length,
        expiries: new Set(options.map(({ expiry }) => expiry)).size,
        ended: all.length - listed.length,
        last_refresh: isoTime(asOf),
      };
    });
}

/** What a venue listed of a product at an instant (epoch ms), in the order of the responses. */
export function listedAt(master: InstrumentMaster, product: string, at: number): ListedContract[] {
  const { venue, asOf } = master;
  const complete = new Map(
    master.contracts.flatMap((each) => (each.symbol === product ? [[keyOf(each), each] as const] : [])),
  );
  return contractsAt(master, product, at).map((known) => {
    const terms = complete.get(keyOf(known))?.terms ?? known.terms;
    const next = terms.find(({ from }) => from > known.terms[0].from);
    const strikes = new Set(terms.map(({ strike }) => strike));
    strikes.delete(known.terms[0].strike);
    return {
      ...{ venue, asOf, known, listedFrom: terms[0].from, termsUntil: next?.from ?? null },
      otherStrikes: [...strikes].filter((strike) => strike !== null),
    };
  });
}

const keyOf = ({ kind, id, expiry, side }: KnownContract): string => `${kind} ${id} ${expiry} ${side}`;

export function instrumentView(contract: ListedContract): InstrumentView {
  const { venue, asOf, known, listedFrom, termsUntil, otherStrikes } = contract;
  const { kind, id, symbol: product, exchange, expiry, expiresAt, side, endedAt } = known;
  const [{ from, strike, lotSize, priceTick, multiplier, delivery, style, settlementCurrency }] = known.terms;
  const isOption = expiry !== null && strike !== null && side !== null;
  return {
    ...{ venue, id: String(id), kind },
    contract: isOption ? contractId({ product, expiry, strike, side }) : null,
    other_contracts: isOption
      ? otherStrikes.map((other) => contractId({ product, expiry, strike: other, side }))
      : [],
    ...{ exchange, expiry, expires_at: timeOrNull(expiresAt), strike, side },
    ...{ lot_size: lotSize, price_tick: priceTick, multiplier },
    ...{ delivery, style, settlement_currency: settlementCurrency },
    terms_from: isoTime(from),
    terms_until: timeOrNull(termsUntil),
    listed_from: isoTime(listedFrom),
    ended_at: timeOrNull(endedAt),
    expiry_flag:
      expiry === null
        ? null
        : expiryDoubt(
            listedOn(exchange, product),
            expiry,
            exchangeDate(exchange, Math.min(asOf, listedFrom)),
          ),
  };
}

const timeOrNull = (epochMs: number | null): string | null => (epochMs === null ? null : isoTime(epochMs));

type Rank = readonly [expiry: string, strike: number, side: string, kind: string, venue: string, id: string];

/** Where a contract stands among those of its product; no two of one venue stand at the same place. */
export const rankOf = ({ venue, known: { kind, id, expiry, side, terms } }: ListedContract): Rank => [
  ...([expiry ?? '', terms[0].strike ?? 0, side ?? ''] as const),
  ...([kind, venue, String(id)] as const),
];

export function compareRanks(a: Rank, b: Rank): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at] < b[at] ? -1 : 1;
}

/** Continues a list behind a contract. Opaque to callers. */
export const cursorAfter = (contract: ListedContract): string =>
  Buffer.from(JSON.stringify(rankOf(contract))).toString('base64url');

/** Null for a text that `cursorAfter` does not write. */
export function readCursor(cursor: string): Rank | null {
  let rank: unknown;
  try {
    rank = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
  const types = ['string', 'number', 'string', 'string', 'string', 'string'];
  const isRank =
    Array.isArray(rank) && rank.length === types.length && rank.every((each, i) => typeof each === types[i]);
  return isRank ? (rank as unknown as Rank) : null;
}
