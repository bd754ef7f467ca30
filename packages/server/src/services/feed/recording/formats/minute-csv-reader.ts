import type { Side } from '@deltastream/contracts';
import { expiryInstant, fromExchangeDate, lotSize, type ProductInfo } from '../../../../reference/index.ts';
import type { Where } from '../../source.ts';
import { amountCell, BadCell, numberCell, priceCell, shown, strikeCell } from '../cells.ts';
import { type ChainBuilder, createChainBuilder } from '../chain-builder.ts';
import { csvColumns, csvRow } from '../csv-row.ts';
import { type Reading, rejected, spotTick } from '../reading.ts';
import { textLines } from '../text-lines.ts';

const COLUMNS = [
  'timestamp',
  'expiry',
  'strike',
  'option_type',
  'spot',
  'ltp',
  'volume',
  'oi',
  'oi_chg',
] as const;

const SIDE_OF: Readonly<Record<string, Side>> = { CE: 'call', PE: 'put' };
const INDIA_OFFSET_MS = 330 * 60_000;

/** True when a first line is the header of this format. */
export function isMinuteCsv(header: string): boolean {
  return csvColumns(header, COLUMNS).missing.length === 0;
}

interface ExpirySnapshot {
  readonly spot: number;
  readonly builder: ChainBuilder;
}

/**
 * One row per contract and minute: `timestamp` YYYYMMDDHHMM IST, `expiry` DD-Mon-YYYY, open interest and
 * volume in contracts, no bid and ask. A snapshot is the run of rows with one timestamp. The recorder's
 * own IV and greeks are not read: they are no reference. At most one snapshot is held.
 */
export async function* readMinuteCsv(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  info: ProductInfo,
): AsyncGenerator<Reading> {
  let columns: ReturnType<typeof csvColumns<(typeof COLUMNS)[number]>> | null = null;
  let timestampText = '';
  let timestamp = Number.NEGATIVE_INFINITY;
  let snapshot = new Map<string, ExpirySnapshot>();
  const expiries = new Map<string, string>();

  function* flush(): Generator<Reading> {
    const [first] = snapshot.values();
    const tick = first && spotTick(info, timestamp, first.spot);
    if (tick) yield tick;
    for (const [expiry, { spot, builder }] of snapshot) yield reading(expiry, spot, builder);
    snapshot = new Map();
  }

  function reading(expiry: string, spot: number, builder: ChainBuilder): Reading {
    return {
      kind: 'chain',
      exchange: info.exchange,
      volume: 'session',
      chain: {
        product: info.symbol,
        expiry,
        expiry_at: expiryInstant(info.exchange, expiry),
        timestamp,
        currency: info.currency,
        spot: Number.isNaN(spot) ? null : spot,
        future: null,
        lot_size: lotSize(info.symbol, expiry),
        price_tick: info.priceTick,
        quality: [],
        columns: builder.build(),
      },
    };
  }

  function expiryOf(text: string): string {
    const known = expiries.get(text);
    if (known) return known;
    const expiry = fromExchangeDate(text);
    if (!expiry) throw new BadCell('bad_expiry', `expiry is ${shown(text)}, expected DD-Mon-YYYY`);
    expiries.set(text, expiry);
    return expiry;
  }

  function* row(line: string, where: Where): Generator<Reading> {
    const cells = csvRow(line);
    if (!columns) return;
    const { at, width } = columns;
    try {
      if (cells.length !== width) {
        throw new BadCell('wrong_column_count', `${cells.length} columns, expected ${width}`);
      }
      const text = cells[at.timestamp];
      const rowTime = text === timestampText ? timestamp : minuteOf(text);
      if (rowTime < timestamp) {
        throw new BadCell('out_of_order', `timestamp ${text} is before ${timestampText}, already passed`);
      }
      const expiry = expiryOf(cells[at.expiry]);
      if (expiry < dateOfMinute(text)) {
        throw new BadCell('expired', `expiry ${expiry} is before the row's date ${dateOfMinute(text)}`);
      }
      const side = SIDE_OF[cells[at.option_type]];
      if (!side) {
        throw new BadCell(
          'unknown_option_type',
          `option_type is ${shown(cells[at.option_type])}, expected CE or PE`,
        );
      }
      const strike = strikeCell(cells[at.strike], 'strike');
      const spot = amountCell(cells[at.spot], 'spot');
      const quote = {
        last: priceCell(cells[at.ltp], 'ltp'),
        volume: amountCell(cells[at.volume], 'volume'),
        open_interest: amountCell(cells[at.oi], 'oi'),
        open_interest_change: numberCell(cells[at.oi_chg], 'oi_chg'),
      };
      if (rowTime > timestamp) {
        yield* flush();
        timestamp = rowTime;
        timestampText = text;
      }
      let chain = snapshot.get(expiry);
      if (!chain) {
        chain = { spot, builder: createChainBuilder() };
        snapshot.set(expiry, chain);
      }
      chain.builder.add(strike, side, quote);
    } catch (error) {
      yield rejected(error, where);
    }
  }

  for await (const batch of textLines(chunks)) {
    if (batch.kind === 'broken_off') {
      yield* flush();
      yield {
        kind: 'rejected',
        rejection: 'truncated',
        where: { file, line: batch.line },
        reason: batch.reason,
      };
      return;
    }
    for (let i = 0; i < batch.lines.length; i++) {
      const line = batch.lines[i];
      if (!columns) columns = csvColumns(line, COLUMNS);
      else if (line !== '') yield* row(line, { file, line: batch.first + i });
    }
  }
  yield* flush();
}

/** Epoch ms of 'YYYYMMDDHHMM' IST. Throws BadCell. */
function minuteOf(text: string): number {
  const iso = `${dateOfMinute(text)}T${text.slice(8, 10)}:${text.slice(10, 12)}:00.000Z`;
  const utc = /^\d{12}$/.test(text) ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(utc) || new Date(utc).toISOString() !== iso) {
    throw new BadCell('bad_timestamp', `timestamp is ${shown(text)}, expected YYYYMMDDHHMM`);
  }
  return utc - INDIA_OFFSET_MS;
}

function dateOfMinute(text: string): string {
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
}
