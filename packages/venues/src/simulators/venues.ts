import type { InstrumentId } from '../instrument.ts';
import type { UnnamedInstrument } from './market-board.ts';
import type { SimulatedMarket, Simulator } from './simulator.ts';

/** How a venue is simulated by name. */
export interface VenueSimulator {
  /** Played where none are named; the synthetic market has them. */
  readonly products: readonly string[];
  /** What the venue calls instruments; asked for once per market. */
  readonly ids: () => (instrument: UnnamedInstrument) => InstrumentId | null;
  readonly start: (market: SimulatedMarket, port: number) => Promise<Simulator>;
  /** What a client has to say to be let in; null: the venue asks for nothing. */
  readonly credentials: Readonly<Record<string, string>> | null;
}

/** The keys that simulators accept. */
const KEY = 'simulated';

/** Simulators by the name of their venue, each loaded when it is asked for. */
export const VENUE_SIMULATORS = {
  deribit: async (): Promise<VenueSimulator> => {
    const { createDeribitSimulator, deribitId } = await import('../deribit/index.ts');
    return {
      products: ['BTC', 'ETH'],
      ids: () => deribitId,
      start: (market, port) => createDeribitSimulator(market, { port }),
      credentials: null,
    };
  },
  kite: async (): Promise<VenueSimulator> => {
    const [{ createKiteSimulator }, { createKiteTokens }] = await Promise.all([
      import('../kite/simulator/kite-simulator.ts'),
      import('../kite/simulator/kite-names.ts'),
    ]);
    return {
      products: ['NIFTY', 'BANKNIFTY'],
      ids: createKiteTokens,
      start: (market, port) => createKiteSimulator(market, { port, apiKey: KEY, accessToken: KEY }),
      credentials: { apiKey: KEY, accessToken: KEY },
    };
  },
  upstox: async (): Promise<VenueSimulator> => {
    const { createUpstoxSimulator, upstoxIds } = await import('../upstox/index.ts');
    return {
      products: ['NIFTY', 'BANKNIFTY'],
      ids: upstoxIds,
      start: (market, port) => createUpstoxSimulator(market, { port, accessToken: KEY }),
      credentials: { accessToken: KEY },
    };
  },
  dhan: async (): Promise<VenueSimulator> => {
    const { createDhanSimulator, dhanIds } = await import('../dhan/index.ts');
    return {
      products: ['NIFTY', 'BANKNIFTY'],
      ids: dhanIds,
      start: (market, port) => createDhanSimulator(market, { port, clientId: KEY, accessToken: KEY }),
      credentials: { clientId: KEY, accessToken: KEY },
    };
  },
  openalgo: async (): Promise<VenueSimulator> => {
    const { createOpenAlgoSimulator, openAlgoId } = await import('../openalgo/index.ts');
    return {
      products: ['NIFTY', 'BANKNIFTY'],
      ids: () => openAlgoId,
      start: (market, port) => createOpenAlgoSimulator(market, { port, apiKey: KEY }),
      credentials: { apiKey: KEY },
    };
  },
  cboe: async (): Promise<VenueSimulator> => {
    const [{ createCboeSimulator }, { cboeId }] = await Promise.all([
      import('../cboe/simulator/cboe-simulator.ts'),
      import('../cboe/simulator/page-text.ts'),
    ]);
    return {
      products: ['SPY', 'AAPL'],
      ids: () => cboeId,
      start: (market, port) => createCboeSimulator(market, { port }),
      credentials: null,
    };
  },
} as const satisfies Readonly<Record<string, () => Promise<VenueSimulator>>>;

export type SimulatedVenueName = keyof typeof VENUE_SIMULATORS;
