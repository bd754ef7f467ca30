import { stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerView } from '@deltastream/contracts';
import { openPort } from '../../adapters.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Bus } from '../../ports/bus.ts';
import { systemClock } from '../../ports/clock.ts';
import { createWorkerDesk, type WorkerDesk } from '../../services/operations/bus/worker-desk.ts';
import type { Settings } from '../../settings/compose.ts';
import { isShared } from '../../settings/places.ts';
import { noted } from './note-command.ts';

/** Everybody who is there has answered by then. */
const REPORTS_MS = 1_000;
const APPLIED_MS = 5_000; // A worker that has not changed by then is gone or stuck.
const POLL_MS = 50; // What the command takes longer than it must, at most.

/** Prints the consumers of every process on a shared bus. */
export const listWorkers = (settings: Settings): Promise<void> =>
  withDesk(settings, async (desk) => {
    const workers = desk.list();
    for (const worker of workers) stdout.write(line(worker));
    stdout.write(`${workers.length} consumers\n`);
  });

/** Sets how many messages the consumers of a service process concurrently, and prints them when they have applied it. */
export const scaleWorkers = (
  settings: Settings,
  service: string,
  worker: string | undefined,
): Promise<void> =>
  withDesk(settings, async (desk, bus) => {
    const { concurrency } = settings;
    if (concurrency === undefined) throw new DeltaStreamError('invalid_setting', 'say --concurrency N');
    const target = { service, concurrency: String(concurrency), ...(worker && { worker }) };
    const told = new Set(
      await noted(bus, 'workers scale', target, () => desk.scale({ service, concurrency, worker })),
    );
    const waiting = () =>
      desk.list().filter((each) => told.has(each.worker) && each.concurrency !== concurrency);
    const begun = performance.now();
    while (waiting().length > 0 && performance.now() - begun < APPLIED_MS) await sleep(POLL_MS);
    for (const each of desk.list()) if (told.has(each.worker)) stdout.write(line(each));
    const deaf = waiting().map((each) => each.worker);
    if (deaf.length > 0) throw new DeltaStreamError('timeout', `no response yet from ${deaf.join(', ')}`);
  });

const line = ({ service, worker, concurrency, concurrency_from, market_open }: WorkerView): string => {
  const market = market_open === null ? '' : `, market ${market_open ? 'open' : 'closed'}`;
  return `${service}  ${worker}  concurrency ${concurrency} (by ${concurrency_from}${market})\n`;
};

/** Consumers in the memory of another process are out of reach here. */
async function withDesk(
  settings: Settings,
  work: (desk: WorkerDesk, bus: Bus) => Promise<void>,
): Promise<void> {
  if (!isShared(settings.bus)) {
    throw new DeltaStreamError(
      'invalid_setting',
      '--bus is not shared: ask the running platform, GET /api/admin/workers',
    );
  }
  const bus = await openPort('bus', settings);
  const desk = createWorkerDesk({ bus, clock: systemClock }, settings.serviceBeatMs);
  try {
    await desk.start();
    await sleep(REPORTS_MS);
    await work(desk, bus);
  } finally {
    await desk.stop();
    await bus.close();
  }
}
