export type { Fault, SimulatedMarket, Simulator } from './simulator.ts';
