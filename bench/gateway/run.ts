import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../../e2e/support/platform/platform-process.ts';
import { type Load, measure, type Target } from './load.ts';

/** A cached chain through the gateway, against the least that could send the same bytes. */
const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 20;
const FILL_MS = 4_000;
const ON = [
  '--auth-required',
  'true',
  '--read-rate',
  '1000000',
  '--source',
  'none',
  '--dataset',
  'synthetic',
];

const folder = temporaryFolder();
const processes: PlatformProcess[] = [];
const peers: ChildProcess[] = [];
try {
  process.stdout.write(await embedded());
  process.stdout.write(await distributed());
} finally {
  for (const each of peers) each.kill();
  await Promise.all(processes.map((each) => each.stop()));
  folder.remove();
}

async function embedded(): Promise<string> {
  for (const data of ['market', 'untraced', 'logged']) await (await fillStore(data)).stop();
  const traced = await start([...ON]);
  const silent = await start([...ON, '--trace-sample-rate', '0'], 'untraced');
  const logging = await start([...ON, '--access-log', 'info'], 'logged');
  const platforms = [traced, silent, logging];
  const [chain, untraced, logged] = await Promise.all(platforms.map(({ url }) => chainOf(url)));
  const bare = await peer('bytes', chain.url, chain.headers.authorization.slice('Bearer '.length));
  const targets = [
    { name: 'bare Fastify route, the same bytes', url: bare.url, pids: [bare.pid] },
    { name: 'gateway, embedded, 1% of the requests traced', ...chain, pids: [traced.pid] },
    { name: 'the same, none traced', ...untraced, pids: [silent.pid] },
    { name: 'the same as the first, a line of each request kept', ...logged, pids: [logging.pid] },
  ];
  const loads = await measure(targets, { rounds: ROUNDS, seconds: SECONDS, connections: CONNECTIONS });
  await Promise.all(platforms.map((each) => each.stop()));
  return section('One process: a cached chain', targets, loads, 'goal: >= 0.7 of the bare route');
}

async function distributed(): Promise<string> {
  const data = ['--source', 'none', '--dataset', 'synthetic'];
  const auth = await start(['--only', 'auth'], 'accounts');
  const storage = await start(['--only', 'storage', ...data, '--auth-url', auth.url]);
  const gateway = await start([
    '--only',
    'gateway',
    ...ON,
    '--data-url',
    storage.url,
    '--auth-url',
    auth.url,
  ]);
  const chain = await chainOf(gateway.url);
  const proxy = await peer('proxy', storage.url);
  const { pathname, search } = new URL(chain.url);
  const targets = [
    { name: 'bare reply-from proxy', url: `${proxy.url}${pathname}${search}`, pids: [proxy.pid] },
    { name: 'gateway, distributed', ...chain, pids: [gateway.pid] },
  ];
  const loads = await measure(targets, { rounds: ROUNDS, seconds: SECONDS, connections: CONNECTIONS });
  return section('Processes: the same through a proxy', targets, loads, 'goal: >= 0.6 of the bare proxy');
}

async function fillStore(data: string): Promise<PlatformProcess> {
  const filled = await start(['--products', 'NIFTY'], data);
  await sleep(FILL_MS);
  return filled;
}

async function start(flags: readonly string[], data = 'market'): Promise<PlatformProcess> {
  const started = await startPlatform(['--data', join(folder.path, data), ...flags]);
  processes.push(started);
  return started;
}

/** The chain of one expiry and a token to ask for it with. */
async function chainOf(url: string): Promise<{ url: string; headers: { authorization: string } }> {
  const email = `bench-${Date.now()}@example.com`;
  const response = await fetch(`${url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'a long enough phrase of the bench' }),
  });
  const { token } = (await response.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  const expiries = (await (await fetch(`${url}/api/data/expiries/NIFTY`, { headers })).json()) as {
    expiries: { expiry: string }[];
  };
  return { url: `${url}/api/data/chain/NIFTY?expiry=${expiries.expiries[0].expiry}`, headers };
}

async function peer(...words: string[]): Promise<{ url: string; pid: number }> {
  const child = fork(fileURLToPath(new URL('./peer.ts', import.meta.url)), words);
  peers.push(child);
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error(`${words[0]} ended before it listened`)),
  );
  const [{ url }] = (await Promise.race([once(child, 'message'), ended])) as [{ url: string }];
  ended.catch(() => {});
  return { url, pid: child.pid as number };
}

function section(
  title: string,
  targets: readonly Target[],
  loads: ReadonlyMap<string, Load>,
  goal: string,
): string {
  const first = loads.get(targets[0].name);
  const rows = targets.map(({ name }) => {
    const load = loads.get(name);
    if (load === undefined || first === undefined) throw new Error(`${name} was not measured`);
    const ratio = load.requestsPerSecond / first.requestsPerSecond;
    const figures = [
      load.requestsPerSecond.toFixed(0),
      ratio.toFixed(2),
      load.p50Ms,
      load.p99Ms,
      load.processorUs.toFixed(0),
    ];
    return `| ${[name, ...figures].join(' | ')} |`;
  });
  return [
    `${title}; ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${SECONDS} s that take turns; ${goal}.`,
    'Tokens required and checked, rate limit and log on.',
    '',
    '| server | requests/s | ratio | p50 ms | p99 ms | processor us a request |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    '',
  ].join('\n');
}
