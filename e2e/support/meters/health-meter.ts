import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROBE = fileURLToPath(new URL('./health-probe.ts', import.meta.url));

export interface HealthFigures {
  readonly count: number;
  readonly failures: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Of a server that does nothing, on the same machine at the same time. */
  readonly bareP99: number;
}

/** Measures how fast `/health`, or another path, answers while the work runs. */
export async function healthDuring(
  url: string,
  work: () => Promise<unknown>,
  path = '/health',
): Promise<HealthFigures> {
  const probe = fork(PROBE, [`${url}${path}`]);
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
