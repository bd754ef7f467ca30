import { OPEN_AT, rupeeMarket, tickingMarket } from '../simulators/rupee-market.fixture.ts';
import { venueContract } from '../venue.contract.ts';
import { createOpenAlgoVenue } from './openalgo-venue.ts';
import { openAlgoId } from './simulator/simulated-lists.ts';
import { createOpenAlgoSimulator } from './simulator/simulator.ts';

const apiKey = 'openalgo-test-key';

venueContract('OpenAlgo', {
  products: ['NIFTY', 'SENSEX'],
  createMarket: async () => tickingMarket(await rupeeMarket(openAlgoId)),
  createSimulator: (market) => createOpenAlgoSimulator(market, { apiKey }),
  createVenue: ({ url }, times) => createOpenAlgoVenue({ apiKey, url, chainIntervalMs: 200, times }),
  secrets: [apiKey],
  openAt: OPEN_AT,
});
