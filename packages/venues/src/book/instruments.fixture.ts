import { type Listing, productInfo } from '@deltastream/reference';
import type {
  FutureInstrument,
  InstrumentId,
  OptionInstrument,
  UnderlyingInstrument,
} from '../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../meaning.ts';
import type { WatchTimes } from './product-state.ts';

const NIFTY = productInfo('NIFTY') as Listing;
export const BTC = productInfo('BTC') as Listing;

/** A Wednesday with trade, 11:30 in India. */
export const NOW = Date.UTC(2026, 7, 19, 6);
export const EXPIRY = '2026-08-25';
export const EXPIRES_AT = Date.UTC(2026, 7, 25, 10, 10);

export const TIMES: WatchTimes = { stallMs: 15_000, frozenMs: 60_000, spotFrozenMs: 90_000, shownMs: 60_000 };

export const optionOf = (
  id: InstrumentId,
  strike: number,
  side: 'call' | 'put',
  more: Partial<OptionInstrument> = {},
): OptionInstrument => ({
  kind: 'option',
  id,
  listing: NIFTY,
  expiry: EXPIRY,
  expiresAt: EXPIRES_AT,
  strike,
  side,
  lotSize: 65,
  ...more,
});

export const underlyingOf = (id: InstrumentId, listing = NIFTY): UnderlyingInstrument => ({
  kind: 'underlying',
  id,
  listing,
});

export const futureOf = (id: InstrumentId): FutureInstrument => ({
  kind: 'future',
  id,
  listing: NIFTY,
  expiry: EXPIRY,
  expiresAt: EXPIRES_AT,
});

/** A complete quote unless it says otherwise. */
export const quoteOf = (id: InstrumentId, said: Partial<InstrumentQuote>): InstrumentQuote => ({
  ...createInstrumentQuote(),
  complete: true,
  ...said,
  id,
});
