export type { UnnamedInstrument } from './market-board.ts';
export { type MarketOptions, marketOf, type PlayedMarket } from './simulated-market.ts';
export type {
  SimulatedConversation,
  SimulatedLimits,
  SimulatedPeer,
  SimulatedRequest,
  SimulatedResponse,
  SimulatedVenue,
} from './simulated-venue.ts';
export type { Fault, SimulatedMarket, Simulator } from './simulator.ts';
export { startVenueServer, type VenueServerOptions } from './venue-server.ts';
