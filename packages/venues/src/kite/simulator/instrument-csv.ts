import type { Instrument } from '../../instrument.ts';
import type { SimulatedMarket } from '../../simulators/index.ts';
import { tradingSymbol } from './kite-names.ts';

const HEADER =
  'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange';

/** The instrument list as `GET /instruments` gives it, of one segment such as `NFO`, or of all. */
export function instrumentCsv({ list }: SimulatedMarket, segment: string | null): string {
  const rows = list.instruments
    .filter((instrument) => segment === null || segmentOf(instrument) === segment)
    .map(row);
  return [HEADER, ...rows, ''].join('\n');
}

function segmentOf({ kind, listing }: Instrument): string {
  if (kind === 'underlying') return listing.exchange;
  return listing.exchange === 'BSE' ? 'BFO' : 'NFO';
}

function row(instrument: Instrument): string {
  const { id, kind, listing } = instrument;
  const segment = segmentOf(instrument);
  const first = [id, Math.floor((id as number) / 256), tradingSymbol(instrument)];
  const tick = listing.priceTick ?? 0.05;
  if (kind === 'underlying') {
    const name = listing.kind === 'index' ? 'INDICES' : segment;
    return [
      ...first,
      `"${listing.symbol}"`,
      0,
      '',
      0,
      listing.kind === 'index' ? 0 : tick,
      listing.kind === 'index' ? 0 : 1,
      'EQ',
      name,
      segment,
    ].join(',');
  }
  const isOption = kind === 'option';
  const type = isOption ? (instrument.side === 'call' ? 'CE' : 'PE') : 'FUT';
  const strike = isOption ? instrument.strike : 0;
  const lot = isOption ? (instrument.lotSize ?? '') : '';
  return [
    ...first,
    `"${listing.symbol}"`,
    0,
    instrument.expiry,
    strike,
    tick,
    lot,
    type,
    `${segment}-${isOption ? 'OPT' : 'FUT'}`,
    segment,
  ].join(',');
}
