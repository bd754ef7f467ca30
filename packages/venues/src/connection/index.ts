export type {
  ConnectionCounts,
  ConnectionReport,
} from './connection-state.ts';
export type { ConnectionClock, ConnectionLog, ConnectionPorts, OpenSocket } from './ports.ts';
export {
  createVenueConnection,
  type ListKeeper,
  type VenueConnection,
  type VenueConnectionSettings,
} from './venue-connection.ts';
export { type VenueReport, venueReport } from './venue-report.ts';
export { openWebSocket } from './wire/wire-socket.ts';
