import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Built by `.ci/build-ferretdb`. */
const BINARY = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'deltastream', 'ferretdb');
const START_TIMEOUT_MS = 20_000;
/**
 * How far the server's heap grows before it is collected, in percent of what it keeps, which is some MB: it decodes all of a
 * collection for each question, and would spend much of its time on collecting that.
 */
const GARBAGE_PERCENT = '400';

const haveBinary = existsSync(BINARY);

/** In CI a missing server is a failure; at a desk the suites say that they are skipped. */
export const haveMongo = process.env.MONGO_URL !== undefined || haveBinary || process.env.CI !== undefined;
/** Suites that end the server and start it again need one of their own. */
export const haveOwnMongo = haveBinary || process.env.CI !== undefined;
if (!haveMongo) {
  process.stdout.write('Skipped: MongoDB suites (no MONGO_URL, and .ci/build-ferretdb has not been run).\n');
}

/** A MongoDB-wire server for tests. */
export interface MongoServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** One that a test may end and start again; its address and its data stay. */
export interface OwnMongoServer extends MongoServer {
  /** Ends it with SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** The server at MONGO_URL, else one of its own. */
export async function startMongoServer(): Promise<MongoServer> {
  const url = process.env.MONGO_URL;
  return url === undefined ? startOwnMongoServer() : { url, stop: async () => undefined };
}

/** FerretDB on a free loopback port, with its data in a temporary folder. */
export async function startOwnMongoServer(): Promise<OwnMongoServer> {
  if (!haveBinary) throw new Error(`${BINARY} is missing; .ci/build-ferretdb builds it`);
  const folder = mkdtempSync(join(tmpdir(), 'deltastream-mongo-'));
  const port = await freePort();
  let child: ChildProcess | null = null;

  const start = async () => {
    child = spawn(BINARY, ['-listen', `127.0.0.1:${port}`, '-folder', folder], {
      stdio: 'ignore',
      env: { ...process.env, GOGC: GARBAGE_PERCENT },
    });
    const limit = performance.now() + START_TIMEOUT_MS;
    while (!(await isReachable(port))) {
      if (child.exitCode !== null) throw new Error(`${BINARY} ended with exit code ${child.exitCode}`);
      if (performance.now() > limit) throw new Error(`${BINARY} did not listen on port ${port}`);
      await sleep(20);
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    ending.kill(signal);
    await gone;
  };

  await start();
  return {
    url: `mongodb://127.0.0.1:${port}`,
    kill: () => end('SIGKILL'),
    start,
    async stop() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The name of a database that no other test uses. */
export const uniqueDatabase = (): string => `deltastream_test_${randomUUID().slice(0, 8)}`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no loopback port');
  return address.port;
}

function isReachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (reachable: boolean) => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
