import { basename } from 'node:path';
import type { Side } from '@deltastream/contracts';
import { listedOn, localInstant } from '@deltastream/reference';
import { createChainBuilder, type Quote } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { listedLot } from '../../chains/lots.ts';
import { type Reading, spotTick } from '../../chains/reading.ts';
import { createSeriesCursor, NO_ROWS, type SeriesCursor } from '../../chains/series-cursor.ts';
import type { Beginning, Readings } from '../../pages/readings.ts';
import { RecordingError, reasonOf } from '../../recording-error.ts';
import type { Rejection } from '../../source.ts';
import { shown } from '../../tables/cells.ts';
import type { RecordingBytes } from '../../transport/recording-bytes.ts';
import type { Bounds } from '../../transport/recording-limits.ts';
import type { ZipMember } from '../../transport/zip-members.ts';
import {
  createLeanReader,
  type LeanContract,
  type LeanKind,
  leanContract,
  leanFiles,
  leanSeries,
  unscaledPrice,
} from './lean-files.ts';

export const LEAN_QUOTES = {
  name: 'Lean minute quotes of options (zip, one CSV a contract)',
  units: 'open interest and volume in contracts; prices times 10,000, divided by that',
} as const;

/** True for the name of a member that holds quotes of one contract. */
export function isLeanQuotes(path: string): boolean {
  return leanContract(path)?.kind === 'quote';
}

interface Contract {
  /** Its trades are there but cannot be read, so that its volume is not known. */
  tradesLost: boolean;
  readonly strike: number;
  readonly side: Side;
  readonly series: Record<LeanKind, SeriesCursor>;
}

interface Day {
  /** Of the first contract; empty before it. */
  symbol: string;
  date: string;
  /** Where there is a file of trades, a contract that it does not name had none. */
  volumeBefore: number;
  /** Contracts by expiry. */
  readonly expiries: Map<string, Map<string, Contract>>;
}

/**
 * One day of one underlying from QuantConnect Lean: `<date>_quote_<style>.zip`, and beside it, where they are
 * there, its trades, open interest and underlying. Bars become chains at the minute they end, so that none
 * shows what was not known yet; a contract without a bar keeps its last quote, as Lean itself fills them
 * forward. Volume is the sum of the trades so far, open interest that of the session before. Throws
 * `unreadable_source` for options on futures.
 */
export function leanReadings(bytes: RecordingBytes, { path, head }: Beginning): Readings {
  const unscaled = unscaledPrice(head);
  if (unscaled) {
    throw new RecordingError(
      'unreadable_source',
      `${bytes.file}: member ${path} line ${unscaled.line}: the price ${shown(unscaled.text)} is not written times 10,000 as Lean writes those of options on shares and indices; options on futures, whose prices are as they are and whose times are UTC, are not read`,
    );
  }
  let progress = 0;
  return {
    caveat: null,
    read: () =>
      readDay(bytes, (share) => {
        progress = share;
      }),
    progress: () => ({ position: Math.round(bytes.size * progress), total: bytes.size, unit: 'bytes' }),
    close: async () => undefined,
  };
}

async function* readDay(
  { path: quotes, access }: RecordingBytes,
  progressed: (share: number) => void,
): AsyncGenerator<Reading> {
  const { trade, openInterest, underlying } = leanFiles(quotes);
  const members = createLeanReader(access);
  const day: Day = {
    symbol: '',
    date: '',
    volumeBefore: trade === null ? Number.NaN : 0,
    expiries: new Map(),
  };

  // What lies beside may be damaged: then it is missing, which costs no quote.
  yield* readContracts(quotes, members(quotes), day, access.limits);
  try {
    if (trade !== null) yield* readContracts(trade, members(trade), day, access.limits);
  } catch (error) {
    day.volumeBefore = Number.NaN;
    yield refusal(trade, null, 'unreadable_member', reasonOf(error));
  }
  try {
    if (openInterest !== null) yield* readContracts(openInterest, members(openInterest), day, access.limits);
  } catch (error) {
    yield refusal(openInterest, null, 'unreadable_member', reasonOf(error));
  }
  let spots = createSeriesCursor(NO_ROWS);
  try {
    if (underlying !== null) spots = yield* readUnderlying(underlying, members(underlying), access.limits);
  } catch (error) {
    yield refusal(underlying, null, 'unreadable_member', reasonOf(error));
  }
  yield* minutesOf(day, spots, progressed);
}

function refusal(path: string | null, member: string | null, rejection: Rejection, reason: string): Reading {
  const where = { file: basename(path ?? ''), ...(member !== null && { member }) };
  return { kind: 'rejected', rejection, where, reason };
}

async function* readContracts(
  path: string,
  members: AsyncIterable<ZipMember>,
  day: Day,
  limits: Bounds,
): AsyncGenerator<Reading> {
  for await (const member of members) {
    const named = leanContract(member.path);
    if (named && day.symbol === '') {
      day.symbol = named.symbol;
      day.date = named.date;
    }
    if (named?.symbol !== day.symbol || named.date !== day.date) {
      const reason = 'not a minute file of an option of that day and underlying';
      yield refusal(path, member.path, 'unreadable_member', reason);
      continue;
    }
    if (named.expiry < day.date) {
      const reason = `expiry ${named.expiry} is before ${day.date}`;
      yield refusal(path, member.path, 'expired', reason);
      continue;
    }
    const contract = contractOf(day, named);
    try {
      const series = yield* leanSeries(member, named.kind, basename(path), limits);
      contract.series[named.kind] = createSeriesCursor(series);
    } catch (error) {
      if (named.kind === 'trade') contract.tradesLost = true;
      yield refusal(path, member.path, 'unreadable_member', reasonOf(error));
    }
  }
}

function contractOf({ expiries }: Day, { expiry, strike, side }: LeanContract): Contract {
  const contracts = expiries.get(expiry) ?? new Map<string, Contract>();
  expiries.set(expiry, contracts);
  const key = `${side} ${strike}`;
  const known = contracts.get(key);
  if (known) return known;
  const none = () => createSeriesCursor(NO_ROWS);
  const contract = {
    tradesLost: false,
    strike,
    side,
    series: { quote: none(), trade: none(), openinterest: none() },
  };
  contracts.set(key, contract);
  return contract;
}

async function* readUnderlying(
  path: string,
  members: AsyncIterable<ZipMember>,
  limits: Bounds,
): AsyncGenerator<Reading, SeriesCursor> {
  const file = basename(path);
  for await (const member of members) {
    const isIndex = !file.startsWith('underlying_');
    return createSeriesCursor(yield* leanSeries(member, 'underlying', file, limits, isIndex));
  }
  return createSeriesCursor(NO_ROWS);
}

function* minutesOf(
  { symbol, date, volumeBefore, expiries }: Day,
  spots: SeriesCursor,
  progressed: (share: number) => void,
): Generator<Reading> {
  const listing = listedOn('US', symbol);
  const midnight = localInstant('US', date, 0);
  const chains = [...expiries].sort(([a], [b]) => (a < b ? -1 : 1));
  const cursors = chains.flatMap(([, contracts]) =>
    [...contracts.values()].flatMap(({ series }) => Object.values(series)),
  );
  const minutes = [...new Set([spots, ...cursors].flatMap((cursor) => cursor.times()))].sort((a, b) => a - b);
  for (let i = 0; i < minutes.length; i++) {
    const minute = minutes[i];
    const timestamp = midnight + minute;
    const tick = spots.advanceTo(minute) ? spotTick(listing, timestamp, spots.value(1)) : null;
    if (tick) yield tick;
    for (const [expiry, contracts] of chains) {
      if (!advance(contracts.values(), minute)) continue;
      const builder = createChainBuilder();
      for (const contract of contracts.values())
        builder.add(contract.strike, contract.side, quoteOf(contract, volumeBefore));
      const lot = listedLot(listing, expiry, timestamp);
      yield chainReading({ listing, expiry, timestamp, spot: spots.value(1), lot, columns: builder.build() });
    }
    progressed((i + 1) / minutes.length);
  }
}

/** True when a quote or a trade came; open interest alone, published before the opening, makes no chain. */
function advance(contracts: Iterable<Contract>, minute: number): boolean {
  let came = false;
  for (const { series } of contracts) {
    series.openinterest.advanceTo(minute);
    if (series.quote.advanceTo(minute)) came = true;
    if (series.trade.advanceTo(minute)) came = true;
  }
  return came;
}

function quoteOf(
  { tradesLost, series: { quote, trade, openinterest } }: Contract,
  volumeBefore: number,
): Quote {
  return {
    bid: quote.value(1),
    ask: quote.value(2),
    bid_size: quote.value(3),
    ask_size: quote.value(4),
    last: trade.value(1),
    volume: trade.sum(2) ?? (tradesLost ? Number.NaN : volumeBefore),
    open_interest: openinterest.value(1),
  };
}
