import { lotSize } from '@deltastream/reference';
import type { Instrument, InstrumentId, InstrumentList } from '../instrument.ts';
import type { Completion } from '../meaning.ts';
import { isSameContract } from '../same-contract.ts';

/** What has to be known of an instrument to read its ticks, and what option chains said that ticks do not say. */
export interface KnownInstrument extends Completion {
  readonly listed: Instrument;
  /** Units per contract; NaN where nobody says it, so that amounts are left out. */
  readonly lot: number;
  /** A tick came since the option chain was asked for last. */
  isFresh: boolean;
}

export type KnownInstruments = ReadonlyMap<InstrumentId, KnownInstrument>;

/**
 * Adds the instruments of a list; those of another one stay until they cease, as a connection may still have them. What chains
 * said of a symbol stays where it is still that of the same contract.
 */
export function addKnown(
  known: Map<InstrumentId, KnownInstrument>,
  { asOf, instruments }: InstrumentList,
): void {
  for (const [id, { listed }] of known)
    if (listed.kind !== 'underlying' && listed.expiresAt <= asOf) known.delete(id);
  const none = Number.NaN;
  for (const listed of instruments) {
    const before = known.get(listed.id);
    const said =
      before && isSameContract(before.listed, listed)
        ? before
        : { volume: none, openInterest: none, previousClose: none, isFresh: false };
    known.set(listed.id, { ...said, listed, lot: lotOf(listed, asOf) });
  }
}

function lotOf(listed: Instrument, asOf: number): number {
  if (listed.kind !== 'option') return 1;
  const { symbol, exchange } = listed.listing;
  return listed.lotSize ?? lotSize(symbol, listed.expiry, asOf, exchange) ?? Number.NaN;
}
