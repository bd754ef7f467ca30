export { createDhanVenue, type DhanConfig } from './dhan-venue.ts';
export { dhanIds } from './simulator/simulated-list.ts';
export { createDhanSimulator, type DhanSimulatorOptions } from './simulator/simulator.ts';
