import { lotSize } from '@deltastream/reference';
import type { InstrumentList } from '../instrument.ts';

/** What connections have to know of the instruments that were listed. */
export interface KnownInstruments {
  /** Units per contract by instrument key; NaN where nobody says it, so that amounts are left out. */
  readonly lots: ReadonlyMap<string, number>;
  readonly options: ReadonlySet<string>;
  /** Instruments of another list stay until they cease: a connection may still have them. */
  add(list: InstrumentList): void;
}

export function createKnownInstruments(): KnownInstruments {
  const lots = new Map<string, number>();
  const options = new Set<string>();
  /** When a contract ceases, epoch ms. */
  const endings = new Map<string, number>();
  return {
    lots,
    options,
    add({ asOf, instruments }) {
      for (const [key, endsAt] of endings) {
        if (endsAt > asOf) continue;
        endings.delete(key);
        lots.delete(key);
        options.delete(key);
      }
      for (const instrument of instruments) {
        const key = String(instrument.id);
        if (instrument.kind !== 'underlying') endings.set(key, instrument.expiresAt);
        // Of an underlying and a future the price alone counts.
        if (instrument.kind !== 'option') {
          lots.set(key, 1);
          options.delete(key);
        } else {
          const { listing, expiry, lotSize: given } = instrument;
          options.add(key);
          lots.set(key, given ?? lotSize(listing.symbol, expiry, asOf, listing.exchange) ?? Number.NaN);
        }
      }
    },
  };
}
