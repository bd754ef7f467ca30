import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { HealthFigures } from '../support/health-meter.ts';
import type { PlatformProcess } from '../support/platform-process.ts';
import { mebibytes, memoryOf } from '../support/process-memory.ts';

const PROBE = fileURLToPath(new URL('../support/health-probe.ts', import.meta.url));
const CALM_MS = 1_500;
const SAMPLE_MS = 50;

export interface AttackFigures {
  /** Bytes resident before, and the most during and just after the attack. */
  readonly idle: number;
  readonly peak: number;
  /** Answer times of `/livez`, and of what a healthy client asks for before and during the attack. */
  readonly livez: HealthFigures;
  readonly before: HealthFigures;
  readonly during: HealthFigures;
}

/** Answer times of one address, asked for by a process of its own while the work runs. */
async function timesOf(url: string, work: () => Promise<unknown>): Promise<HealthFigures> {
  const probe = fork(PROBE, [url]);
  await once(probe, 'message');
  try {
    await work();
    probe.send('stop');
    const [figures] = await once(probe, 'message');
    return figures as HealthFigures;
  } finally {
    probe.kill();
  }
}

/** What an attack does to the process, to `/livez` and to a healthy client that asks for `path`; prints it. */
export async function figuresOf(
  what: string,
  platform: PlatformProcess,
  path: string,
  attack: () => Promise<unknown>,
): Promise<AttackFigures> {
  const healthy = `${platform.url}${path}`;
  const before = await timesOf(healthy, () => sleep(CALM_MS));
  const idle = memoryOf(platform.pid);
  let peak = idle;
  const sampling = setInterval(() => {
    peak = Math.max(peak, memoryOf(platform.pid));
  }, SAMPLE_MS);
  let livez: HealthFigures | undefined;
  const during = await timesOf(healthy, async () => {
    livez = await timesOf(`${platform.url}/livez`, attack);
  });
  clearInterval(sampling);
  if (livez === undefined) throw new Error('the attack was not measured');
  console.log(
    `${what}: memory ${mebibytes(idle)} -> ${mebibytes(peak)}; /livez p99 ${livez.p99} ms (bare server ${livez.bareP99}); ` +
      `${path} p99 ${before.p99} -> ${during.p99} ms (bare server ${during.bareP99})`,
  );
  return { idle, peak, livez, before, during };
}

const LIVEZ_MS = 100;
/** Below this nobody notices. */
const NOTICEABLE_MS = 50;

/**
 * `/livez` answers within 100 ms and a healthy client waits at most twice as long as before, of 99 in 100 answers.
 * Where the machine made a bare server wait as well, both bounds are at least twice that.
 */
export function expectUnnoticed({ livez, before, during }: AttackFigures): void {
  const noise = 2 * Math.max(livez.bareP99, during.bareP99);
  expect([livez.failures, during.failures]).toEqual([0, 0]);
  expect(livez.p99).toBeLessThan(Math.max(LIVEZ_MS, noise));
  expect(during.p99).toBeLessThan(Math.max(2 * before.p99, NOTICEABLE_MS, noise));
}
