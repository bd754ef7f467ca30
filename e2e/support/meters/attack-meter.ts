import { expect } from 'vitest';
import type { PlatformProcess } from '../platform/platform-process.ts';
import { mebibytes, memoryOf } from '../platform/process-memory.ts';
import { healthDuring } from './health-meter.ts';
import { expectServed } from './promised-times.ts';

const SAMPLE_MS = 50;
const MAX_MEMORY_GROWTH = 2;

/** What healthy clients got: answers, or updates of a stream. */
export interface HealthyFigures {
  readonly count: number;
  /** Milliseconds, where the count is not 0. */
  readonly p50: number;
  readonly p99: number;
  /** Answers other than 200, or connections that were lost. */
  readonly failures: number;
}

export interface HealthyClients {
  readonly what: string;
  /** What they got while the work ran. */
  during(work: () => Promise<unknown>): Promise<HealthyFigures>;
}

/** A healthy client in a process of its own that asks for an address again and again. */
export const askingFor = (platform: PlatformProcess, path: string): HealthyClients => ({
  what: `answers of ${path}`,
  during: (work) => healthDuring(platform.url, work, path),
});

export interface Attack {
  readonly name: string;
  readonly platform: PlatformProcess;
  readonly healthy: HealthyClients;
  run(): Promise<unknown>;
}

/**
 * Runs an attack, prints its figures in one line, and holds the platform to its goals meanwhile: resident memory at
 * most twice what it was idle, no healthy client refused or cut, and all of them served, as `/livez` is.
 */
export async function expectWithstood({ name, platform, healthy, run }: Attack): Promise<void> {
  const idle = memoryOf(platform.pid);
  let peak = idle;
  const begun = performance.now();
  let livez: Awaited<ReturnType<typeof healthDuring>> | undefined;
  const during = await healthy.during(async () => {
    const sampling = setInterval(() => {
      peak = Math.max(peak, memoryOf(platform.pid));
    }, SAMPLE_MS);
    try {
      livez = await healthDuring(platform.url, run, '/livez');
    } finally {
      clearInterval(sampling);
    }
  });
  if (livez === undefined) throw new Error('the attack was not measured');
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `${name}, ${seconds.toFixed(1)} s: memory ${mebibytes(idle)} idle, ${mebibytes(peak)} at most; ` +
      `/livez p50 ${livez.p50} ms, p99 ${livez.p99} ms of ${livez.count}, ` +
      `bare server p50 ${livez.bareP50} ms, p99 ${livez.bareP99} ms; ` +
      `${healthy.what} p50 ${during.p50} ms, p99 ${during.p99} ms of ${during.count}`,
  );
  expect(peak).toBeLessThanOrEqual(MAX_MEMORY_GROWTH * idle);
  expect([livez.failures, during.failures]).toEqual([0, 0]);
  expect(during.count).toBeGreaterThan(0);
  expectServed('answers of /livez', livez, livez.bareP50);
  expectServed(healthy.what, during, livez.bareP50);
}
