/** What a client of the live data needs at run time: no schemas, so that a browser loads none. */
export { applyChainDelta } from './chain-delta.ts';
export { roomOf } from './room-name.ts';
