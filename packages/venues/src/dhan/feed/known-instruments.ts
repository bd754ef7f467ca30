import { lotSize } from '@deltastream/reference';
import type { InstrumentList } from '../../instrument.ts';

/** What has to be known of an instrument to read its packets, and what they have said that later ones leave out. */
export interface KnownInstrument {
  readonly kind: 'option' | 'future' | 'underlying';
  /** Units per contract; NaN where nobody says it, so that amounts are left out. */
  readonly lot: number;
  /** Whole ticks in one unit of price: 20 for 0.05. */
  readonly ticksPerUnit: number;
  previousClose: number;
  /** A packet with everything came since the option chain was asked for last. */
  isFresh: boolean;
}

/** Of prices whose tick is not known, or not a part of 1: to the paisa. */
const PAISE_PER_RUPEE = 100;

/** Adds the instruments of a list; those of another one stay, as a connection may still have them. */
export function addKnown(known: Map<number, KnownInstrument>, { asOf, instruments }: InstrumentList): void {
  for (const instrument of instruments) {
    const { kind, listing } = instrument;
    const id = Number(instrument.id);
    const lot =
      kind === 'option'
        ? (instrument.lotSize ??
          lotSize(listing.symbol, instrument.expiry, asOf, listing.exchange) ??
          Number.NaN)
        : 1;
    const before = known.get(id);
    known.set(id, {
      kind,
      lot,
      // An index is published to the paisa, whatever the tick of its options.
      ticksPerUnit: kind === 'underlying' ? PAISE_PER_RUPEE : ticksPerUnit(listing.priceTick),
      previousClose: before?.kind === kind ? before.previousClose : Number.NaN,
      isFresh: false,
    });
  }
}

function ticksPerUnit(tick: number | null): number {
  const ticks = tick === null ? Number.NaN : Math.round(1 / tick);
  return ticks >= 1 && Math.abs(ticks * (tick as number) - 1) < 1e-9 ? ticks : PAISE_PER_RUPEE;
}
