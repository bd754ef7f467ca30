import { OPEN_AT, rupeeMarket, tickingMarket } from '../simulators/rupee-market.fixture.ts';
import { venueContract } from '../venue.contract.ts';
import { upstoxIds } from './simulator/simulated-list.ts';
import { createUpstoxSimulator } from './simulator/simulator.ts';
import { createUpstoxVenue } from './upstox-venue.ts';

const accessToken = 'upstox-test-token';

venueContract('Upstox', {
  products: ['NIFTY', 'SENSEX'],
  createMarket: async () => tickingMarket(await rupeeMarket(upstoxIds())),
  createSimulator: (market) => createUpstoxSimulator(market, { accessToken, plan: 'plus' }),
  createVenue: ({ url }, times) =>
    createUpstoxVenue({
      accessToken: { value: accessToken },
      plan: 'plus',
      apiUrl: url,
      listUrl: `${url}/market-quote/instruments/exchange`,
      times,
    }),
  secrets: [accessToken],
  openAt: OPEN_AT,
});
