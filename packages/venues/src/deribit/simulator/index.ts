export { createDeribitSimulator, type DeribitSimulatorOptions } from './deribit-simulator.ts';
export { deribitId } from './wire-values.ts';
