import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import { median } from '../measure/statistics.ts';

export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Processes whose processor time is counted. */
  readonly pids: readonly number[];
}

export interface Load {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of processor time of the servers, by request. */
  readonly processorUs: number;
}

export interface LoadOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

/** The compiler shares two cores with the load, and needs about ten seconds to be done. */
const WARM_UP_ROUNDS = 3;

/** Medians of rounds in which the targets take turns, after some that warm up. Throws when an answer is not 200. */
export async function measure(
  targets: readonly Target[],
  options: LoadOptions,
): Promise<ReadonlyMap<string, Load>> {
  const rounds = new Map(targets.map(({ name }) => [name, [] as Load[]]));
  for (let round = -WARM_UP_ROUNDS; round < options.rounds; round++) {
    for (const target of targets) {
      const load = await once(target, options);
      if (round >= 0) rounds.get(target.name)?.push(load);
    }
  }
  return new Map([...rounds].map(([name, loads]) => [name, middle(loads)]));
}

async function once(
  { name, url, headers, pids }: Target,
  { seconds, connections }: LoadOptions,
): Promise<Load> {
  const before = processorSeconds(pids);
  const result = await awake(() => autocannon({ url, headers, connections, duration: seconds }));
  const used = processorSeconds(pids) - before;
  if (result.non2xx > 0 || result.errors > 0 || result['2xx'] === 0) {
    throw new Error(`${name}: ${result.non2xx} answers were not 200, ${result.errors} failed`);
  }
  return {
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    processorUs: (used * 1e6) / result['2xx'],
  };
}

/**
 * Keeps this process from sleeping while it loads a server: waking it is an interrupt of another processor, which
 * the server pays, and the more often the slower it is.
 */
async function awake<T>(work: () => Promise<T>): Promise<T> {
  let next = setImmediate(function turn() {
    next = setImmediate(turn);
  });
  try {
    return await work();
  } finally {
    clearImmediate(next);
  }
}

function middle(loads: readonly Load[]): Load {
  const of = (read: (load: Load) => number) => median(loads.map(read));
  return {
    requestsPerSecond: of((load) => load.requestsPerSecond),
    p50Ms: of((load) => load.p50Ms),
    p99Ms: of((load) => load.p99Ms),
    processorUs: of((load) => load.processorUs),
  };
}

const TICKS_PER_SECOND = 100;

function processorSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }, 0);
}
