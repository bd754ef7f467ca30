export { createExampleSimulator, type ExampleSimulatorOptions, exampleId } from './simulator.ts';
export { createExampleVenue, type ExampleConfig } from './venue.ts';
