import autocannon from 'autocannon';
import { type RatioEstimate, ratioOfGroups } from '../measure/ratios.ts';
import { median } from '../measure/statistics.ts';
import { type ThreadTimes, threadTimes } from '../measure/thread-times.ts';

/** Something that serves a response, in one of the ways it can be asked or set. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of every so many requests one has these headers instead. */
  readonly exception?: { readonly every: number; readonly headers: Readonly<Record<string, string>> };
  /** The process whose processor time is counted. */
  readonly pid: number;
  /** Sets the process to this way, ahead of each round. */
  prepare?(): Promise<void>;
}

/** One round of one target. */
export interface Load {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of processor time by request. */
  readonly us: ThreadTimes;
}

export interface LoadOptions {
  readonly connections: number;
  /** Rounds of each target of a group. */
  readonly rounds: number;
  readonly seconds: number;
  /** Of each target, ahead of all rounds: the compiler shares two cores with the load, and needs some seconds to be done. */
  readonly warmUpSeconds: number;
}

/** Rounds of the targets of one group, by name. */
export type GroupLoads = ReadonlyMap<string, readonly Load[]>;

/**
 * Rounds in which the targets of a group take turns, forwards and backwards (ABBA), so that rounds with one number are
 * neighbours and none is always first. Throws when a response is not 200.
 */
export async function measureGroup(targets: readonly Target[], options: LoadOptions): Promise<GroupLoads> {
  const loads = new Map(targets.map(({ name }) => [name, [] as Load[]]));
  const { warmUpSeconds, rounds, seconds } = options;
  for (const target of targets) await once(target, { ...options, seconds: warmUpSeconds / 2 });
  for (const target of targets) await once(target, { ...options, seconds: warmUpSeconds / 2 });
  for (let round = 0; round < rounds; round++) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      loads.get(target.name)?.push(await once(target, { ...options, seconds }));
    }
  }
  return loads;
}

async function once(
  { name, url, headers, exception, pid, prepare }: Target,
  { seconds, connections }: Pick<LoadOptions, 'seconds' | 'connections'>,
): Promise<Load> {
  await prepare?.();
  const requests =
    exception === undefined
      ? undefined
      : Array.from({ length: exception.every }, (_, i) => ({
          headers: { ...headers, ...(i === 0 && exception.headers) },
        }));
  const before = threadTimes(pid);
  const begun = performance.now();
  const result = await awake(() =>
    autocannon({ url, connections, duration: seconds, ...(requests ? { requests } : { headers }) }),
  );
  const passedSeconds = (performance.now() - begun) / 1_000;
  const after = threadTimes(pid);
  const served = result['2xx'];
  if (result.non2xx > 0 || result.errors > 0 || served === 0) {
    throw new Error(`${name}: ${result.non2xx} responses were not 200, ${result.errors} failed`);
  }
  const us = (kind: keyof ThreadTimes) => ((after[kind] - before[kind]) * 1e6) / served;
  return {
    requests: served,
    requestsPerSecond: served / passedSeconds,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    us: { main: us('main'), engine: us('engine'), workers: us('workers') },
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

/** Medians over all rounds of a target. */
export function middle(groups: readonly GroupLoads[], name: string): Omit<Load, 'requests'> {
  const loads = groups.flatMap((group) => group.get(name) ?? []);
  if (loads.length === 0) throw new Error(`${name} was not measured`);
  const of = (read: (load: Load) => number) => median(loads.map(read));
  return {
    requestsPerSecond: of((load) => load.requestsPerSecond),
    p50Ms: of((load) => load.p50Ms),
    p99Ms: of((load) => load.p99Ms),
    us: {
      main: of(({ us }) => us.main),
      engine: of(({ us }) => us.engine),
      workers: of(({ us }) => us.workers),
    },
  };
}

/** A figure of one target over that of another, from neighbouring rounds. */
export function compared(
  groups: readonly GroupLoads[],
  [candidate, base]: readonly [candidate: string, base: string],
  read: (load: Load) => number,
): RatioEstimate {
  return ratioOfGroups(
    groups.map((group) => {
      const bases = group.get(base) ?? [];
      return (group.get(candidate) ?? []).map((load, i) => [read(load), read(bases[i])] as const);
    }),
  );
}
