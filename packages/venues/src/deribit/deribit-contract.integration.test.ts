import { createInstrumentQuote } from '../meaning.ts';
import type { SimulatedMarket } from '../simulators/index.ts';
import { venueContract } from '../venue.contract.ts';
import { AT, instrumentRow, SOL_PUT, SOL_ROW } from './deribit.fixture.ts';
import { createListedContracts } from './listed-contracts.ts';
import { createDeribitSimulator } from './simulator/deribit-simulator.ts';
import { createDeribitVenue } from './venue.ts';

const PRODUCTS = ['BTC', 'BTC.DVOL', 'SOL_USDC'];

/** An inverse and a linear product whose quotes change ten times a second. */
function tickingMarket(): SimulatedMarket {
  const rows = [
    instrumentRow(),
    instrumentRow({ instrument_name: 'BTC-30JAN26-95000-P', option_type: 'put' }),
    SOL_ROW,
  ];
  const list = createListedContracts().replace(rows, PRODUCTS, AT);
  const forwards: Readonly<Record<string, number>> = { btc_usd: 90_000, sol_usdc: 176 };
  return {
    list,
    quoteOf: (id) => {
      const instrument = list.instruments.find((each) => each.id === id);
      if (!instrument) return null;
      const quote = { ...createInstrumentQuote(), id, at: Date.now(), complete: true };
      const moved = 1 + (Math.floor(quote.at / 100) % 10) / 1000;
      if (instrument.kind !== 'option') return { ...quote, last: (forwards[id] ?? 45) * moved };
      const forward = (id === SOL_PUT ? 176 : 90_000) * moved;
      const mark = forward * 0.05;
      return {
        ...quote,
        bid: mark * 0.98,
        ask: mark * 1.02,
        mark,
        openInterest: 12,
        volume: 3,
        forward,
        spot: forward,
      };
    },
    follow: (changed) => {
      const ids = list.instruments.map(({ id }) => id);
      const timer = setInterval(() => changed(ids), 100);
      return () => clearInterval(timer);
    },
  };
}

const GENEROUS = { capacity: 10_000, perSecond: 10_000 };

venueContract('deribit', {
  products: PRODUCTS,
  createMarket: tickingMarket,
  createSimulator: (market) =>
    createDeribitSimulator(market, {
      heartbeatMs: 500,
      // The suite connects far more often than the venue allows.
      rates: { requests: GENEROUS, subscriptions: GENEROUS, instruments: GENEROUS },
    }),
  createVenue: ({ url }, times) =>
    createDeribitVenue({
      httpUrl: url,
      wsUrl: `${url.replace('http', 'ws')}/ws/api/v2`,
      instrumentsIntervalMs: 0,
      summaryIntervalMs: 500,
      limits: { messagesPerSecond: 100, burst: 100 },
      times,
    }),
  secrets: [],
  openAt: AT,
});
