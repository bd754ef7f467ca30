import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../measure/statistics.ts';
import { type Load, type Served, startLoad, startServer } from './processes.ts';
import type { Rooms, ServerKind } from './protocol.ts';

export interface ProcessorTime {
  /** Of the server process, of one update delivered to one client. */
  readonly microseconds: number;
  readonly updatesPerWrite: number;
}

export interface ProcessorTimeOptions {
  readonly clients: number;
  readonly rounds: number;
  readonly seconds: number;
  /** Rooms each client follows; those of one client change together. */
  readonly roomsEach: number;
}

const GROUPS = 4;
const UPDATES_PER_CLIENT_AND_SECOND = 10;
const WARM_UP_MS = 1_000;

/** Both servers with the same clients and updates, by turns; nothing is conflated. */
export async function measureProcessorTime(
  options: ProcessorTimeOptions,
): Promise<Record<'plain' | 'fan-out', ProcessorTime>> {
  const groups = Array.from({ length: GROUPS }, (_, group) =>
    Array.from({ length: options.roomsEach }, (_, i) => `g${group}r${i}`),
  );
  const perSecond = UPDATES_PER_CLIENT_AND_SECOND / options.roomsEach;
  const rooms: Rooms = { groups, perSecond, intervalMs: 0, bytes: 250 };
  const plain = await open('plain', rooms, options.clients);
  const fanOut = await open('fan-out', rooms, options.clients);
  const samples = { plain: [] as ProcessorTime[], 'fan-out': [] as ProcessorTime[] };
  for (let round = 0; round < options.rounds; round++) {
    samples.plain.push(await measure(plain, options.seconds));
    samples['fan-out'].push(await measure(fanOut, options.seconds));
  }
  for (const { load, server } of [plain, fanOut]) {
    await load.close();
    await server.close();
  }
  const medianOf = (all: readonly ProcessorTime[], key: keyof ProcessorTime) =>
    median(all.map((each) => each[key]));
  const result = (all: readonly ProcessorTime[]): ProcessorTime => ({
    microseconds: medianOf(all, 'microseconds'),
    updatesPerWrite: medianOf(all, 'updatesPerWrite'),
  });
  return { plain: result(samples.plain), 'fan-out': result(samples['fan-out']) };
}

interface Opened {
  readonly server: Served;
  readonly load: Load;
}

async function open(kind: ServerKind, rooms: Rooms, clients: number): Promise<Opened> {
  const server = await startServer({ kind, rooms: [rooms] });
  const subscriptions = Array.from({ length: clients }, (_, i) => [
    JSON.stringify(['join', rooms.groups[i % rooms.groups.length]]),
  ]);
  const load = await startLoad(server.url, subscriptions);
  await load.ask('connect');
  return { server, load };
}

async function measure({ server }: Opened, seconds: number): Promise<ProcessorTime> {
  await server.ask('publish');
  await sleep(WARM_UP_MS);
  const before = await server.ask('count');
  await sleep(seconds * 1000);
  const after = await server.ask('count');
  await server.ask('quiet');
  const deliveries = after.deliveries - before.deliveries;
  return {
    microseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / deliveries,
    updatesPerWrite: deliveries / (after.writes - before.writes),
  };
}
