import { gzipSync } from 'node:zlib';
import { UPSTOX_INDICES } from '@deltastream/recordings/upstox';
import { type Exchange, localInstant } from '@deltastream/reference';
import type { Instrument, InstrumentId, InstrumentList } from '../../instrument.ts';
import type { UnnamedInstrument } from '../../simulators/index.ts';

/**
 * What Upstox calls the instruments of a simulated market: indices by their names, a stock by a made-up ISIN, contracts by a
 * number. Null for what it does not list.
 */
export function upstoxIds(): (instrument: UnnamedInstrument) => InstrumentId | null {
  let stocks = 0;
  let contracts = 40_000;
  return ({ kind, listing }) => {
    const { exchange, symbol } = listing;
    if (exchange !== 'NSE' && exchange !== 'BSE') return null;
    if (kind !== 'underlying') return `${exchange}_FO|${++contracts}`;
    for (const [key, product] of UPSTOX_INDICES) if (product === symbol) return key;
    if (listing.kind === 'index') return `${exchange}_INDEX|${symbol}`;
    return `${exchange}_EQ|INE${String(++stocks).padStart(6, '0')}A01`;
  };
}

/** The instrument list of an exchange, packed. Options name their underlying by its key. */
export function listFile({ instruments }: InstrumentList, exchange: Exchange): Uint8Array {
  const keys = new Map<string, InstrumentId>();
  for (const { kind, listing, id } of instruments) if (kind === 'underlying') keys.set(listing.symbol, id);
  const rows = instruments
    .filter(({ listing }) => listing.exchange === exchange)
    .map((instrument) => rowOf(instrument, keys.get(instrument.listing.symbol)));
  return gzipSync(JSON.stringify(rows));
}

function rowOf(instrument: Instrument, underlyingKey: InstrumentId | undefined): object {
  const { listing, id, kind } = instrument;
  const { exchange, symbol, priceTick } = listing;
  const common = { instrument_key: id, exchange, name: symbol };
  if (kind === 'underlying') {
    const isIndex = listing.kind === 'index';
    return {
      ...common,
      segment: `${exchange}_${isIndex ? 'INDEX' : 'EQ'}`,
      instrument_type: isIndex ? 'INDEX' : 'EQ',
      trading_symbol: symbol,
    };
  }
  const { expiry } = instrument;
  const isOption = kind === 'option';
  const type = isOption ? (instrument.side === 'call' ? 'CE' : 'PE') : 'FUT';
  return {
    ...common,
    segment: `${exchange}_FO`,
    instrument_type: type,
    trading_symbol: `${symbol} ${isOption ? `${instrument.strike} ` : ''}${type} ${expiry}`,
    underlying_symbol: symbol,
    underlying_key: underlyingKey ?? `${exchange}_EQ|${symbol}`,
    // The last second of the day.
    expiry: localInstant(exchange, expiry, 24 * 60) - 1000,
    strike_price: isOption ? instrument.strike : 0,
    tick_size: (priceTick ?? 0.05) * 100,
    ...(isOption && instrument.lotSize !== null ? { lot_size: instrument.lotSize } : {}),
  };
}
