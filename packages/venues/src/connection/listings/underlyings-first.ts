import type { InstrumentId, InstrumentList, OptionInstrument } from '../../instrument.ts';

/** What to subscribe for options: their underlyings, the futures of their expiries, then themselves in their order. */
export function underlyingsFirst(
  { instruments }: InstrumentList,
  options: readonly OptionInstrument[],
): InstrumentId[] {
  const products = new Set(options.map(({ listing }) => listing.symbol));
  const expiries = new Set(options.map(expiryOf));
  const underlyings: InstrumentId[] = [];
  const futures: InstrumentId[] = [];
  for (const instrument of instruments) {
    if (instrument.kind === 'underlying') {
      if (products.has(instrument.listing.symbol)) underlyings.push(instrument.id);
    } else if (instrument.kind === 'future' && expiries.has(expiryOf(instrument)))
      futures.push(instrument.id);
  }
  return [...underlyings, ...futures, ...options.map(({ id }) => id)];
}

const expiryOf = ({ listing, expiry }: Pick<OptionInstrument, 'listing' | 'expiry'>): string =>
  `${listing.symbol} ${expiry}`;
