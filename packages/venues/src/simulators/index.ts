export type { UnnamedInstrument } from './market-board.ts';
export { type MarketOptions, marketOf, type PlayedMarket } from './simulated-market.ts';
export type { Fault, SimulatedMarket, Simulator } from './simulator.ts';
