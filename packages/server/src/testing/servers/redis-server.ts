import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const COMMAND = 'redis-server';
const START_TIMEOUT_MS = 10_000;

/**
 * True when suites that need Redis shall run. Without `redis-server` they are skipped and say so; with
 * CI set they run and fail instead.
 */
export function haveRedisServer(ci = process.env.CI): boolean {
  const found = spawnSync(COMMAND, ['--version'], { stdio: 'ignore' }).status === 0;
  if (!found && ci === undefined) process.stdout.write(`Skipped: Redis suites (no ${COMMAND}).\n`);
  return found || ci !== undefined;
}

/** A Redis of its own: a real process on a free loopback port, with a folder that goes with it. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: () => number;
  /** Where it keeps its data. */
  readonly folder: string;
  /** A connection of the caller's own, for what no adapter does. */
  connect(): Redis;
  /** SIGTERM, or another signal, and waits for the end; the data stays. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Ends it and removes its data; idempotent. */
  stop(): Promise<void>;
}

/** `flags` are those of redis-server, such as `--appendonly yes`. */
export async function startRedisServer(flags: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  const start = async () => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    const started = spawn(COMMAND, [...options, ...flags], { stdio: 'ignore' });
    child = started;
    await untilReady(url, started);
  };
  const kill = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    running.kill(signal);
    await once(running, 'exit');
  };

  await start();
  return {
    port,
    url,
    pid: () => child?.pid ?? 0,
    folder,
    connect: () => new Redis(url),
    kill,
    start,
    async stop() {
      await kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const probe = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  probe.on('error', () => undefined);
  const deadline = Date.now() + START_TIMEOUT_MS;
  try {
    while (child.exitCode === null && Date.now() < deadline) {
      const pong = await probe.ping().catch(() => null);
      if (pong === 'PONG') return;
      await sleep(10);
    }
  } finally {
    probe.disconnect();
  }
  child.kill('SIGKILL');
  throw new Error(`${COMMAND} did not start on ${url}`);
}

/** A loopback port that nothing uses at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
