import { listedOn } from '@deltastream/reference';
import { createInstrumentQuote } from '../meaning.ts';
import type { SimulatedMarket } from '../simulators/index.ts';
import { venueContract } from '../venue.contract.ts';
import { createCboeSimulator } from './simulator/cboe-simulator.ts';
import { cboeId } from './simulator/page-text.ts';
import { createCboeVenue } from './venue.ts';

/** A Friday at 10:05 in New York. */
const OPEN_AT = Date.parse('2026-11-20T15:05:00Z');
const EXPIRES_AT = Date.parse('2026-12-18T21:00:00Z');

/** A chain whose quotes change ten times a second. */
function tickingMarket(): SimulatedMarket {
  const listing = listedOn('US', 'SPXW');
  const terms = {
    kind: 'option',
    listing,
    expiry: '2026-12-18',
    expiresAt: EXPIRES_AT,
    lotSize: null,
  } as const;
  const options = ([6700, 6800] as const).flatMap((strike) =>
    (['call', 'put'] as const).map((side) => ({ ...terms, strike, side })),
  );
  const instruments = [
    { kind: 'underlying', listing, id: 'SPXW' } as const,
    ...options.map((option) => ({ ...option, id: cboeId(option) ?? '' })),
  ];
  let changes = 0;
  return {
    list: { asOf: OPEN_AT, instruments, rejected: new Map() },
    quoteOf: (id) => {
      const quote = {
        ...createInstrumentQuote(),
        id,
        at: OPEN_AT - 1_000_000 + changes * 1000,
        complete: true,
      };
      return id === 'SPXW'
        ? { ...quote, last: 6800 + (changes % 10) }
        : { ...quote, bid: 30 + (changes % 10), ask: 42, openInterest: 100, volume: 5 };
    },
    follow: (changed) => {
      const timer = setInterval(() => {
        changes += 1;
        changed(instruments.map(({ id }) => id));
      }, 100);
      return () => clearInterval(timer);
    },
  };
}

venueContract('cboe', {
  products: ['SPXW'],
  createMarket: tickingMarket,
  createSimulator: (market) => createCboeSimulator(market),
  createVenue: ({ url }) =>
    createCboeVenue({
      termsAccepted: true,
      url,
      now: () => OPEN_AT,
      intervalMs: () => 0,
      pollIntervalMs: 100,
      firstPauseMs: 20,
      lastPauseMs: 300,
    }),
  secrets: [],
  openAt: OPEN_AT,
});
