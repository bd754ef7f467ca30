import type { Side } from '@deltastream/contracts';
import type { Listing, Settlement } from '@deltastream/reference';

/** What a venue calls an instrument on the wire: Kite's token, Deribit's instrument name. */
export type InstrumentId = number | string;

/** A listed option. Its identity here is (product, expiry, strike, side); `id` may be given to another after the expiry. */
export interface OptionInstrument {
  readonly kind: 'option';
  readonly id: InstrumentId;
  /** Its product, exchange and currency, and the price tick of this contract. */
  readonly listing: Listing;
  /** 'YYYY-MM-DD' in the exchange's calendar. */
  readonly expiry: string;
  /** Epoch ms at which it ceases. */
  readonly expiresAt: number;
  readonly strike: number;
  readonly side: Side;
  /** Units of the underlying per contract, where the venue says so; null: by reference data. */
  readonly lotSize: number | null;
  /**
   * What 1 of the premium, in the venue's unit, is worth of one contract, in the currency of settlement. Absent where the venue
   * does not say it: then it is the lot.
   */
  readonly multiplier?: number;
  /** What the venue says of its settlement; absent: by reference data, in the currency of the listing. */
  readonly settlement?: Partial<Settlement> & { readonly currency?: string };
}

/** What the options of a product are written on. */
export interface UnderlyingInstrument {
  readonly kind: 'underlying';
  readonly id: InstrumentId;
  readonly listing: Listing;
}

/** A future whose expiry is that of options, so that its price is their forward. */
export interface FutureInstrument {
  readonly kind: 'future';
  readonly id: InstrumentId;
  readonly listing: Listing;
  readonly expiry: string;
  readonly expiresAt: number;
}

export type Instrument = OptionInstrument | UnderlyingInstrument | FutureInstrument;

/** What is traded at a venue, as it lists it now. */
export interface InstrumentList {
  /** Epoch ms at which the venue was asked. */
  readonly asOf: number;
  readonly instruments: readonly Instrument[];
  /** Rows that were not understood, by reason; each costs nothing else. */
  readonly rejected: ReadonlyMap<string, number>;
}
