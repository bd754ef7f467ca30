import type { Rooms } from './protocol.ts';

/** What ten thousand clients follow: the rooms of 100 products and of 5 chains, all of them busy. */
const PRODUCTS = 100;
const CHAINS = 5;
const TICKS_PER_SECOND = 10;
const INTERVAL_MS = 250;

export const products: Rooms = {
  groups: Array.from({ length: PRODUCTS }, (_, i) => [`product:P${i}`]),
  perSecond: TICKS_PER_SECOND,
  intervalMs: INTERVAL_MS,
  bytes: 250,
};
export const chains: Rooms = {
  groups: Array.from({ length: CHAINS }, (_, i) => [`chain:C${i}`]),
  perSecond: TICKS_PER_SECOND,
  intervalMs: INTERVAL_MS,
  bytes: 1_200,
};

/** One of the chains goes with each product, as it does for a client that watches an option. */
export const roomsOf = (client: number): readonly string[] => [
  `product:P${client % PRODUCTS}`,
  `chain:C${client % CHAINS}`,
];
