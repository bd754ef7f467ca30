import { monthlyExpiries } from '@deltastream/reference';
import type { Instrument, InstrumentId } from '../../instrument.ts';
import type { UnnamedInstrument } from '../../simulators/index.ts';
import { underlyingName } from '../instruments.ts';
import { INDICES } from '../packet-layout.ts';

/** Lowest byte of a token. */
const SEGMENTS = { NSE: 1, NFO: 2, BSE: 4, BFO: 5 } as const;
/** Real tokens of derivatives have five or six digits before their segment. */
const FIRST_EXCHANGE_TOKEN = 10_001;

/** Gives instruments tokens as Kite does: a number of the exchange, then the segment in the lowest byte; each once. */
export function createKiteTokens(): (instrument: UnnamedInstrument) => InstrumentId | null {
  let next = FIRST_EXCHANGE_TOKEN;
  return (instrument) => {
    const { exchange, kind } = instrument.listing;
    if (exchange !== 'NSE' && exchange !== 'BSE') return null;
    const segment =
      instrument.kind !== 'underlying'
        ? SEGMENTS[exchange === 'NSE' ? 'NFO' : 'BFO']
        : kind === 'index'
          ? INDICES
          : SEGMENTS[exchange];
    return next++ * 256 + segment;
  };
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const MONTH_LETTERS = '123456789OND';

/** As Kite writes it: NIFTY26AUG24200CE at the end of a month, NIFTY2680424200CE in its weeks, NIFTY26AUGFUT, NIFTY 50. */
export function tradingSymbol(instrument: Instrument): string {
  const { symbol } = instrument.listing;
  if (instrument.kind === 'underlying') return underlyingName(symbol).replace(/^\w+:/, '');
  const { expiry } = instrument;
  const [year, month, day] = [expiry.slice(2, 4), Number(expiry.slice(5, 7)) - 1, expiry.slice(8)];
  if (instrument.kind === 'future') return `${symbol}${year}${MONTHS[month]}FUT`;
  const [monthly] = monthlyExpiries(symbol, `${expiry.slice(0, 7)}-01`);
  const date =
    monthly === undefined || monthly === expiry
      ? `${year}${MONTHS[month]}`
      : `${year}${MONTH_LETTERS[month]}${day}`;
  return `${symbol}${date}${instrument.strike}${instrument.side === 'call' ? 'CE' : 'PE'}`;
}
