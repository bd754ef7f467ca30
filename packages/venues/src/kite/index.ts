export { createKiteVenue, type KiteConfig } from './kite-venue.ts';
