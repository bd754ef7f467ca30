import { expect } from 'vitest';

/** How many times as long something may take where other work has most of the processors. */
const LOADED = 5;
/** Beyond twice the usual, what a latency may be beside a fault that does not concern it. */
const BESIDE_MS = 250;
/** What half of the answers of a platform that serves its clients take at most, on a machine of its own. */
const ANSWERED_MS = 100;

/**
 * The one rule for times in these suites, which run on machines of any load. A time that is promised is held to five
 * times as much: a machine is late by its other work, whereas what a fault breaks does not come at all, or comes by a
 * timeout that is longer still. How long it took is printed, for `docs/faults.md`.
 */
export const longestMs = (promisedMs: number): number => LOADED * promisedMs;

/** Of a latency beside a fault, where it is usually `usualMs` in the same run. */
export const longestBesideMs = (usualMs: number): number => 2 * usualMs + BESIDE_MS;

/**
 * Of the times of many answers or updates the median is judged, beyond that of a server that does nothing, on the same
 * machine at the same time: a busy machine makes some wait for as long as it likes, a platform that is held up all.
 */
export function expectServed(what: string, { p50 }: { readonly p50: number }, bareP50: number): void {
  expect(p50 - bareP50, `half of the ${what} took longer, ms`).toBeLessThan(longestMs(ANSWERED_MS));
}
