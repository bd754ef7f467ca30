import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Where Debian puts the servers of each release; the newest is taken. */
const BINARIES = globSync('/usr/lib/postgresql/*/bin')
  .filter((folder) => existsSync(join(folder, 'initdb')))
  .sort((a, b) => Number(a.split('/')[4]) - Number(b.split('/')[4]))
  .at(-1);
const START_TIMEOUT_MS = 30_000;
/** The server refuses to run as root. */
const AS_USER = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];

/** In CI a missing server is a failure; at a desk the suites say that they are skipped. */
export const havePostgres = BINARIES !== undefined || process.env.CI !== undefined;
if (!havePostgres) {
  process.stdout.write(
    'Skipped: PostgreSQL suites (no /usr/lib/postgresql/*/bin; apt-get install postgresql).\n',
  );
}

/** A PostgreSQL of its own: a real server on a free loopback port, with a folder that goes with it. */
export interface PostgresServer {
  readonly port: number;
  /** Of the superuser; the database is `deltastream`. */
  readonly url: string;
  /** The same for another role. */
  urlOf(role: string, password: string): string;
  /** Runs statements as the superuser. */
  query(text: string): Promise<Record<string, unknown>[]>;
  /** Ends it, by SIGQUIT as a crash would unless said otherwise; resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Ends it and removes its data; idempotent. */
  stop(): Promise<void>;
}

/** `settings` are those of postgresql.conf, such as `max_connections=20`. */
export async function startPostgresServer(settings: readonly string[] = []): Promise<PostgresServer> {
  if (BINARIES === undefined) throw new Error('there is no PostgreSQL; apt-get install postgresql');
  const folder = mkdtempSync(join(tmpdir(), 'deltastream-postgres-'));
  const asUser = (command: string, ...args: string[]) => [...AS_USER, join(BINARIES, command), ...args];
  if (AS_USER.length > 0) {
    const [user, group] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    );
    chownSync(folder, user, group);
  }
  const data = join(folder, 'data');
  const init = asUser(
    'initdb',
    '-D',
    data,
    '-U',
    'postgres',
    '-E',
    'UTF8',
    '--locale=C',
    '-A',
    'scram-sha-256',
  );
  const password = randomUUID();
  const passwordFile = join(folder, 'password');
  execFileSync('sh', ['-c', `umask 022; printf %s "$0" > "$1"`, password, passwordFile]);
  // What a test writes need not survive the machine: only initdb is spared its syncs.
  execFileSync(init[0], [...init.slice(1), '--pwfile', passwordFile, '--no-sync'], {
    stdio: 'ignore',
    cwd: '/',
  });
  const port = await freePort();
  const urlOf = (role: string, secret: string) =>
    `postgres://${role}:${secret}@127.0.0.1:${port}/deltastream`;
  let child: ChildProcess | null = null;

  const start = async () => {
    const flags = [
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      `unix_socket_directories=${folder}`,
      ...settings,
    ];
    const command = asUser('postgres', '-D', data, ...flags.flatMap((flag) => ['-c', flag]));
    const started = spawn(command[0], command.slice(1), { stdio: 'ignore', cwd: '/' });
    child = started;
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await isReady(password, port))) {
      if (started.exitCode !== null) throw new Error(`postgres ended with exit code ${started.exitCode}`);
      if (performance.now() > deadline) throw new Error(`postgres did not start on port ${port}`);
      await sleep(30);
    }
  };
  const kill = async (signal: NodeJS.Signals = 'SIGQUIT') => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    // runuser passes on no SIGQUIT; the first line of this file is the process of the server.
    const pid = execFileSync('head', ['-1', join(data, 'postmaster.pid')], { encoding: 'utf8' });
    process.kill(Number(pid), signal);
    await gone;
  };
  const query = (text: string) => asSuperuser(password, port, 'deltastream', text);

  await start();
  await asSuperuser(password, port, 'postgres', 'CREATE DATABASE deltastream');
  return {
    port,
    url: urlOf('postgres', password),
    urlOf,
    query,
    kill,
    start,
    async stop() {
      await kill('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The name of a schema that no other test uses. */
export const uniqueSchema = (): string => `deltastream_test_${randomUUID().slice(0, 8)}`;

async function asSuperuser(password: string, port: number, database: string, text: string) {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password, database });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text)).rows ?? [];
  } finally {
    await client.end().catch(() => undefined);
  }
}

const isReady = (password: string, port: number): Promise<boolean> =>
  asSuperuser(password, port, 'postgres', 'SELECT 1').then(
    () => true,
    () => false,
  );

/** A loopback port that nothing uses at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
