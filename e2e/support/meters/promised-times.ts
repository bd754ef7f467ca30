import { availableParallelism, loadavg } from 'node:os';
import { expect } from 'vitest';

/** The most times as long that something may take where other work has the processors. */
const MOST_LOADED = 5;
/** What a latency may be beside a fault that does not concern it: its usual one, times this, and a few milliseconds. */
const BESIDE_RATIO = 1.2;
const BESIDE_MS = 5;
/** A response or an update under load waits for the scheduler as often as so many of a server that does nothing. */
const TURNS = 10;

/** Work that is ready to run for each processor, over the last minute; 1 where each has a processor of its own. */
const load = () => Math.min(MOST_LOADED, Math.max(1, loadavg()[0] / availableParallelism()));

/**
 * The one rule for times in these suites, which run on machines of any load. On a machine of its own a time is held to
 * what is promised; where other work waits for the processors, to as many times as much, five at most: a machine is late
 * by its other work, whereas what a fault breaks does not come at all. How long it took is printed, for docs/faults.md.
 */
export const longestMs = (promisedMs: number): number => promisedMs * load();

/** Of a latency beside a fault, where it is usually `usualMs` in the same run. */
export const longestBesideMs = (usualMs: number): number => (BESIDE_RATIO * usualMs + BESIDE_MS) * load();

/** What the 99th percentile of answers may be, where that of a server that does nothing is `bareP99` at the same time. */
export const longestP99 = (promisedMs: number, bareP99: number): number => promisedMs + TURNS * bareP99;

/** Expects that a server says promptly that it lives. */
export function expectLive({ p99, bareP99 }: { readonly p99: number; readonly bareP99: number }): void {
  expect(p99, 'p99 of /livez, ms').toBeLessThan(longestP99(LIVE_P99_MS, bareP99));
}

export const LIVE_P99_MS = 100;
