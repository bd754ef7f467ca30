import type { InstrumentId } from '../../instrument.ts';
import type { SimulatedMarket } from '../../simulators/simulator.ts';
import { listingCurrency } from '../listed-contracts.ts';
import { type WireOption, wireOption } from './wire-values.ts';

/** The options of a market by their names, and its indices, looked up anew when something is listed. */
export interface MarketView {
  option(name: InstrumentId): WireOption | null;
  options(currency: string): readonly WireOption[];
  optionsOn(index: string): readonly WireOption[];
  hasIndex(index: string): boolean;
}

export function createMarketView(market: SimulatedMarket): MarketView {
  let options = new Map<InstrumentId, WireOption>();
  let others = new Set<InstrumentId>();
  let asOf = Number.NaN;
  let count = -1;

  function refresh(): void {
    const { list } = market;
    if (list.asOf === asOf && list.instruments.length === count) return;
    asOf = list.asOf;
    count = list.instruments.length;
    options = new Map();
    others = new Set();
    for (const instrument of list.instruments) {
      const option = wireOption(instrument);
      if (option) options.set(option.id, option);
      else others.add(instrument.id);
    }
  }

  const find = (matches: (option: WireOption) => boolean): WireOption[] => {
    refresh();
    return [...options.values()].filter(matches);
  };

  return {
    option: (name) => {
      if (!options.has(name)) refresh();
      return options.get(name) ?? null;
    },
    options: (currency) =>
      find(({ listing }) => currency === 'any' || listingCurrency(listing.symbol) === currency),
    optionsOn: (index) => find((option) => option.index === index),
    hasIndex: (index) => {
      if (!others.has(index)) refresh();
      return others.has(index);
    },
  };
}
