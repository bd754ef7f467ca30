import { OPEN_AT, rupeeMarket, tickingMarket } from '../simulators/rupee-market.fixture.ts';
import { venueContract } from '../venue.contract.ts';
import { createDhanVenue } from './dhan-venue.ts';
import { dhanIds } from './simulator/simulated-list.ts';
import { createDhanSimulator } from './simulator/simulator.ts';

const keys = { clientId: '1000000001', accessToken: 'dhan-test-token' };

venueContract('Dhan', {
  products: ['NIFTY', 'SENSEX'],
  createMarket: async () => tickingMarket(await rupeeMarket(dhanIds())),
  createSimulator: (market) =>
    createDhanSimulator(market, { ...keys, packetsPerMessage: 5, chainIntervalMs: 100 }),
  createVenue: ({ url }, times) =>
    createDhanVenue({
      clientId: keys.clientId,
      accessToken: { value: keys.accessToken },
      apiUrl: `${url}/v2`,
      feedUrl: url.replace('http', 'ws'),
      listUrl: `${url}/api-data/api-scrip-master-detailed.csv`,
      chainIntervalMs: 200,
      times,
    }),
  secrets: [keys.accessToken],
  openAt: OPEN_AT,
});
