export { createDeribitVenue, type DeribitConfig } from './venue.ts';
