export { createOpenAlgoVenue, OPENALGO_URL, type OpenAlgoConfig } from './openalgo-venue.ts';
export { openAlgoId } from './simulator/simulated-lists.ts';
export { createOpenAlgoSimulator, type OpenAlgoSimulatorOptions } from './simulator/simulator.ts';
