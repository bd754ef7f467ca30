import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expectWithstood, type HealthyFigures, measureCalm } from '../support/meters/attack-meter.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const CLIENTS = fileURLToPath(new URL('../support/clients/healthy-clients.ts', import.meta.url));
const HEALTHY_CLIENTS = 5;
const WARM_UP_MS = 3_000;

export interface SocketStand {
  readonly platform: PlatformProcess;
  readonly port: number;
  /** Runs an attack and holds the platform to the goals of `expectWithstood`. */
  withstands(name: string, run: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** A platform with its default limits, and healthy Socket.IO clients of it in a process of their own. */
export async function openSocketStand(flags: readonly string[] = []): Promise<SocketStand> {
  const folder = temporaryFolder();
  const market = ['--products', 'NIFTY,BTC', '--ticks-per-second', '50'];
  const platform = await startPlatform(['--data', folder.path, ...market, ...flags]);
  const clients = fork(CLIENTS, [platform.url, String(HEALTHY_CLIENTS)]);
  await once(clients, 'message');
  /** Of the updates since they were last asked for. */
  const figures = async (): Promise<HealthyFigures> => {
    clients.send('figures');
    return (await once(clients, 'message'))[0] as HealthyFigures;
  };
  const healthy = {
    what: 'age of updates',
    async during(work: () => Promise<unknown>) {
      await figures();
      await work();
      return figures();
    },
  };
  await sleep(WARM_UP_MS);
  const calm = await measureCalm(platform, healthy);
  return {
    platform,
    port: Number(new URL(platform.url).port),
    withstands: (name, run) => expectWithstood({ name, platform, healthy, calm, run }),
    async stop() {
      clients.send('stop');
      await once(clients, 'exit');
      await platform.stop();
      folder.remove();
    },
  };
}
