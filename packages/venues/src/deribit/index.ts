export { createDeribitSimulator, type DeribitSimulatorOptions } from './simulator/deribit-simulator.ts';
export { deribitId } from './simulator/wire-values.ts';
export { createDeribitVenue, type DeribitConfig } from './venue.ts';
