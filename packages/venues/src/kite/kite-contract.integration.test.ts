import { venueContract } from '../venue.contract.ts';
import { createKiteVenue } from './kite-venue.ts';
import { createKiteSimulator } from './simulator/kite-simulator.ts';
import { movingMarket } from './simulator/market.fixture.ts';

const SECRETS = { apiKey: 'KeyOfTheContract', accessToken: 'TokenOfTheContract' };

venueContract('Kite', {
  products: ['NIFTY'],
  secrets: Object.values(SECRETS),
  // A Tuesday in the session of the NSE, the contracts of which are listed far beyond it.
  openAt: Date.parse('2026-08-04T11:00:00+05:30'),
  createMarket: () => movingMarket([24_000, 24_100, 24_200], '2030-12-31'),
  createSimulator: (market) => createKiteSimulator(market, { ...SECRETS, heartbeatMs: 250 }),
  createVenue: ({ url }, times) =>
    createKiteVenue({
      apiKey: SECRETS.apiKey,
      accessToken: { value: SECRETS.accessToken },
      restUrl: url,
      socketUrl: url.replace('http', 'ws'),
      times,
    }),
});
