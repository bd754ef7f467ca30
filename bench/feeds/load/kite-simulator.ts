import process from 'node:process';
import { createKiteSimulator } from '../../../packages/venues/src/kite/simulator/kite-simulator.ts';
import { tickingMarket } from './ticking-market.ts';

/** The other side of the load, in a process of its own: says its address; ticks on `start`; says the volumes on `stop`. */
/** Ticks are told in slices of so many ms: a venue sends them as they come. */
const SLICE_MS = 5;
const [products, contracts, ticksPerSecond, nearer, farther] = process.argv.slice(2);
const market = tickingMarket({
  products: Number(products),
  contracts: Number(contracts),
  ticksPerSecond: Number(ticksPerSecond),
  expiries: [nearer, farther],
});
const simulator = await createKiteSimulator(market, {
  apiKey: 'key',
  accessToken: 'token',
  // 20 x 500 contracts are more than three WebSockets of Kite hold.
  connections: 4,
});
let ticking: NodeJS.Timeout | undefined;
process.on('message', async (word) => {
  if (word === 'start')
    ticking = setInterval(() => market.advance(performance.now() + performance.timeOrigin), SLICE_MS);
  else {
    clearInterval(ticking);
    process.send?.({ volumes: market.volumes() });
  }
});
process.on('disconnect', () => simulator.close());
process.send?.({ url: simulator.url, products: market.products });
