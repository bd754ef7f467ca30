export { upstoxIds } from './simulator/simulated-list.ts';
export { createUpstoxSimulator, type UpstoxSimulatorOptions } from './simulator/simulator.ts';
export { createUpstoxVenue, type UpstoxConfig } from './upstox-venue.ts';
