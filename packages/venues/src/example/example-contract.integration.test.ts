import { OPEN_AT, rupeeMarket, tickingMarket } from '../simulators/rupee-market.fixture.ts';
import { venueContract } from '../venue.contract.ts';
import { createExampleSimulator, createExampleVenue, exampleId } from './index.ts';

const apiKey = 'example-test-key';

venueContract('Example', {
  products: ['NIFTY', 'SENSEX'],
  createMarket: async () => tickingMarket(await rupeeMarket(exampleId)),
  createSimulator: (market) => createExampleSimulator(market, { apiKey, heartbeatMs: 500 }),
  createVenue: ({ url }, times) => createExampleVenue({ apiKey, url, times }),
  secrets: [apiKey],
  openAt: OPEN_AT,
});
