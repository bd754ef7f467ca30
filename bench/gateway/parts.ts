import { setTimeout as sleep } from 'node:timers/promises';
import { type GroupLoads, type LoadOptions, measureGroup, type Target } from './load.ts';
import type { Served, Stand } from './stand.ts';

/** What is measured together: targets that take turns, in several groups of processes. */
export interface Part {
  readonly title: string;
  readonly goal: string;
  readonly groups: number;
  readonly load: LoadOptions;
  /** Starts the processes of one group. */
  targets(stand: Stand, group: number): Promise<readonly Target[]>;
  /** Names of targets whose figures are put in relation. */
  readonly comparisons: readonly (readonly [candidate: string, base: string])[];
}

const CONNECTIONS = 20;

const BARE = 'bare Fastify route, the same bytes';
const GATEWAY = 'gateway, embedded, as it starts by default';

const bare: Part = {
  title: 'One process: a cached chain',
  goal: '>= 0.7 of the bare route',
  groups: 5,
  load: { connections: CONNECTIONS, rounds: 16, seconds: 0.8, warmUpSeconds: 6 },
  async targets(stand) {
    const gateway = await stand.platform([]);
    const token = gateway.headers.authorization.slice('Bearer '.length);
    const peer = await stand.peer('bytes', gateway.url, token);
    return [
      { name: BARE, ...peer },
      { name: GATEWAY, ...gateway },
    ];
  },
  comparisons: [[GATEWAY, BARE]],
};

const PLAIN = 'none traced, no lines';
const LINES = 'a line of each request kept';
const UNSAMPLED = 'asked not to trace';
const SAMPLED = 'asked to trace 1 of 100';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';
/** Traces that are asked for are all recorded, and hardly one that is not. */
const AS_ASKED = ['--trace-sample-rate', '0.000001', '--trace-asked-per-second', '1000000'];
/** Until lines that wait are stored: some intervals of the logging service. */
const SETTLE_MS = 500;

/** Modes of one process, so that what is between two of them is not that they are two processes. */
const modes: Part = {
  title: 'What a line of each request and 1% of traces cost, switched on and off in one process',
  goal: '>= 0.9 with lines, >= 0.97 with traces',
  groups: 4,
  load: { connections: CONNECTIONS, rounds: 16, seconds: 0.5, warmUpSeconds: 3 },
  async targets(stand) {
    const platform = await stand.platform(AS_ASKED);
    let set = '';
    const at = (level: 'debug' | 'info') => async () => {
      if (level === set) return;
      await platform.setLevel(level);
      await sleep(SETTLE_MS);
      set = level;
    };
    const asked = (flags: string) => ({ ...platform.headers, traceparent: `00-${TRACE}-${flags}` });
    const unsampled = asked('00');
    const plain = { ...platform, prepare: at('info') };
    return [
      { ...plain, name: UNSAMPLED, headers: unsampled, exception: { every: 100, headers: unsampled } },
      { ...plain, name: SAMPLED, headers: unsampled, exception: { every: 100, headers: asked('01') } },
      { name: PLAIN, ...plain },
      { name: LINES, ...platform, prepare: at('debug') },
    ];
  },
  comparisons: [
    [LINES, PLAIN],
    [SAMPLED, UNSAMPLED],
  ],
};

const KINDS: Readonly<Record<string, readonly string[]>> = {
  'none traced': ['--trace-sample-rate', '0'],
  '1% traced': [],
  '1% traced, a line of each request kept': ['--access-log', 'info'],
};

/** The same as processes that are started so. */
const kinds: Part = {
  title: 'The same of processes that were started so',
  goal: '>= 0.9 with lines, >= 0.97 with traces',
  groups: 5,
  load: { connections: CONNECTIONS, rounds: 14, seconds: 0.6, warmUpSeconds: 4 },
  async targets(stand, group) {
    const names = Object.keys(KINDS);
    const order = names.map((_, i) => names[(i + group) % names.length]);
    const started: Target[] = [];
    for (const name of order) started.push({ name, ...(await stand.platform(KINDS[name])) });
    return started;
  },
  comparisons: [
    ['1% traced, a line of each request kept', '1% traced'],
    ['1% traced', 'none traced'],
  ],
};

const PROXY = 'bare reply-from proxy';
const DISTRIBUTED = 'gateway, distributed';

const distributed: Part = {
  title: 'Processes: the same through a proxy',
  goal: '>= 0.6 of the bare proxy',
  groups: 3,
  load: { connections: CONNECTIONS, rounds: 16, seconds: 0.8, warmUpSeconds: 6 },
  async targets(stand) {
    const { gateway, storage } = await stand.apart();
    const { url, pid } = await stand.peer('proxy', storage.url);
    const { pathname, search } = new URL(gateway.url);
    return [
      { name: PROXY, url: `${url}${pathname}${search}`, pid },
      { name: DISTRIBUTED, ...gateway },
    ];
  },
  comparisons: [[DISTRIBUTED, PROXY]],
};

/** This tree beside an earlier one, whose command line is given. */
export const besideEarlier = (cli: string, flags: readonly string[]): Part => ({
  title: `This tree beside an earlier one (${flags.join(' ') || 'by default'})`,
  goal: 'none',
  groups: 4,
  load: { connections: CONNECTIONS, rounds: 16, seconds: 0.8, warmUpSeconds: 6 },
  async targets(stand, group) {
    const start = {
      earlier: (): Promise<Served> => stand.platform(flags, cli),
      now: (): Promise<Served> => stand.platform(flags),
    };
    const order = group % 2 === 0 ? (['earlier', 'now'] as const) : (['now', 'earlier'] as const);
    const started: Target[] = [];
    for (const name of order) started.push({ name, ...(await start[name]()) });
    return started;
  },
  comparisons: [['now', 'earlier']],
});

export const PARTS = { bare, modes, kinds, distributed } as const;

export async function measurePart(part: Part, stand: Stand): Promise<GroupLoads[]> {
  const measured: GroupLoads[] = [];
  for (let group = 0; group < part.groups; group++) {
    const targets = await part.targets(stand, group);
    measured.push(await measureGroup(targets, part.load));
    await stand.stop();
  }
  return measured;
}
