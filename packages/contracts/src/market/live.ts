/** What a client of the live data needs at run time: no schemas, so that a browser loads none. */

export { roomOf } from '../socket/room-name.ts';
export { applyChainDelta } from './chain-delta.ts';
