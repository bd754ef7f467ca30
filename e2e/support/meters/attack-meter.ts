import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { PlatformProcess } from '../platform/platform-process.ts';
import { mebibytes, memoryOf } from '../platform/process-memory.ts';
import { healthDuring } from './health-meter.ts';
import { LIVE_P99_MS, longestP99 } from './promised-times.ts';

const BASELINE_MS = 3_000;
const SAMPLE_MS = 50;

/** What is late by chance is not late three times. */
const ATTEMPTS = 3;
const MAX_MEMORY_GROWTH = 2;
const MAX_HEALTHY_GROWTH = 2;
/** Below it a healthy client is served in time, however quick it was before: a few milliseconds are the scheduler's. */
const HEALTHY_FLOOR_MS = 20;

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

/** A platform that nobody attacks. */
export interface Calm {
  readonly healthy: HealthyFigures;
  /** Resident bytes. */
  readonly memory: number;
}

/** What an attack is compared with; measured once, several attacks on one platform may share it. */
export async function measureCalm(platform: PlatformProcess, healthy: HealthyClients): Promise<Calm> {
  const figures = await healthy.during(() => sleep(BASELINE_MS));
  return { healthy: figures, memory: memoryOf(platform.pid) };
}

export interface Attack {
  readonly name: string;
  readonly platform: PlatformProcess;
  readonly healthy: HealthyClients;
  readonly calm: Calm;
  run(): Promise<unknown>;
}

/**
 * Runs an attack, prints its figures in one line, and holds the platform to its goals meanwhile: resident memory at
 * most twice what it was idle, `/livez` within 100 ms at the 99th percentile, and healthy clients served at most twice
 * as late as before (20 ms are always allowed), both beyond what the machine makes a server that does nothing wait
 * (`longestP99`). Where only the times are beyond their goals the attack is tried again, twice at most.
 */
export async function expectWithstood(attack: Attack): Promise<void> {
  let late: string | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // The machine may be busier by now: what it is compared with is of the same minute.
    const calm = attempt === 0 ? attack.calm : await measureCalm(attack.platform, attack.healthy);
    late = await lateUnder(attack, { ...calm, memory: attack.calm.memory });
    if (late === null) break;
  }
  expect(late).toBeNull();
}

/** What was late, or null; everything but times must hold in each attempt. */
async function lateUnder({ name, platform, healthy, run }: Attack, calm: Calm): Promise<string | null> {
  const { healthy: before, memory: idle } = calm;
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
      `/livez p99 ${livez.p99} ms of ${livez.count}, bare server ${livez.bareP99} ms; ` +
      `${healthy.what} p50 ${before.p50} ms, p99 ${before.p99} ms before, ` +
      `p50 ${during.p50} ms, p99 ${during.p99} ms during, of ${during.count}`,
  );
  expect(peak).toBeLessThanOrEqual(MAX_MEMORY_GROWTH * idle);
  expect([livez.failures, during.failures]).toEqual([0, 0]);
  expect(during.count).toBeGreaterThan(0);
  if (livez.p99 >= longestP99(LIVE_P99_MS, livez.bareP99)) return `/livez p99 ${livez.p99} ms`;
  const promised = Math.max(MAX_HEALTHY_GROWTH * before.p99, HEALTHY_FLOOR_MS);
  return during.p99 <= longestP99(promised, livez.bareP99) ? null : `${healthy.what} p99 ${during.p99} ms`;
}
