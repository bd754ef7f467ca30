import { lotSize } from '@deltastream/reference';
import type { Instrument, InstrumentList } from '../../instrument.ts';
import { isSameContract } from '../../same-contract.ts';

/** What has to be known of an instrument to read its packets, and what they have said that later ones leave out. */
export interface KnownInstrument {
  readonly kind: Instrument['kind'];
  /** As it was listed; null where it was not. */
  readonly listed: Instrument | null;
  /** Units per contract; NaN where nobody says it, so that amounts are left out. */
  readonly lot: number;
  /** Ticks in one unit of price: 20 for 0.05. */
  readonly ticksPerUnit: number;
  previousClose: number;
  /** A packet with everything came since the option chain was asked for last. */
  isFresh: boolean;
}

/** Of prices whose tick is not known, or not a part of 1: to the paisa. */
const PAISE_PER_RUPEE = 100;

/**
 * Adds the instruments of a list; those of another one stay until they cease, as a connection may still have them. What packets
 * said of an id stays where it is still that of the same contract.
 */
export function addKnown(known: Map<number, KnownInstrument>, { asOf, instruments }: InstrumentList): void {
  for (const [id, { listed }] of known)
    if (listed !== null && listed.kind !== 'underlying' && listed.expiresAt <= asOf) known.delete(id);
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
    const same = before?.listed && isSameContract(before.listed, instrument) ? before : undefined;
    known.set(id, {
      kind,
      listed: instrument,
      lot,
      // An index is published to the paisa, whatever the tick of its options.
      ticksPerUnit: kind === 'underlying' ? PAISE_PER_RUPEE : ticksPerUnit(listing.priceTick),
      previousClose: same?.previousClose ?? Number.NaN,
      isFresh: false,
    });
  }
}

function ticksPerUnit(tick: number | null): number {
  const ticks = tick === null ? Number.NaN : Math.round(1 / tick);
  return ticks >= 1 && Math.abs(ticks * (tick as number) - 1) < 1e-9 ? ticks : PAISE_PER_RUPEE;
}
