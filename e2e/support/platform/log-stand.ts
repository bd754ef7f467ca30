import {
  type RedisServer,
  startRedisServer,
} from '../../../packages/server/src/testing/servers/redis-server.ts';
import { createAccount, FAST_PASSWORDS, logIn, type Session } from './accounts.ts';
import { type PlatformProcess, startPlatform, temporaryFolder } from './platform-process.ts';

export interface StoredEntry {
  readonly timestamp: string;
  readonly level: string;
  readonly service: string;
  readonly event: string | null;
  readonly message: string;
  readonly request_id: string | null;
  readonly trace_id: string | null;
  readonly span_id: string | null;
  readonly user_id: string | null;
  readonly product: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Services as processes around a Redis of their own, whose lines come together in a logging service; a data folder each. */
export interface LogStand {
  readonly redis: RedisServer;
  readonly auth: PlatformProcess;
  readonly admin: Session;
  folderOf(only: string): string;
  /** Starts a service that finds the auth service. */
  start(only: string, ...flags: string[]): Promise<PlatformProcess>;
  /** The JSON of the logging service at this path below `/api/logs`. */
  ask<T>(logging: PlatformProcess, path: string): Promise<T>;
  /** The newest entries by these parameters. */
  entries(logging: PlatformProcess, query?: string): Promise<StoredEntry[]>;
  end(): Promise<void>;
}

/** @param common flags of every process beside the addresses of Redis */
export async function openLogStand(common: readonly string[]): Promise<LogStand> {
  const redis = await startRedisServer();
  const folder = temporaryFolder();
  const processes: PlatformProcess[] = [];
  const folderOf = (only: string) => `${folder.path}/${only}`;
  const { url } = redis;
  const launch = async (only: string, flags: readonly string[]): Promise<PlatformProcess> => {
    const shared = ['--bus', url, '--queue', url, '--cache', url, '--data', folderOf(only)];
    const started = await startPlatform(['--only', only, ...shared, ...common, ...flags]);
    processes.push(started);
    return started;
  };
  const account = await createAccount(folderOf('auth'), 'admin', 'admin');
  const auth = await launch('auth', FAST_PASSWORDS);
  const admin = await logIn(auth.url, account);
  const ask = async <T>(logging: PlatformProcess, path: string): Promise<T> => {
    const response = await fetch(`${logging.url}/api/logs${path}`, {
      headers: { authorization: `Bearer ${admin.token}` },
    });
    if (!response.ok) throw new Error(`${response.status} ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    redis,
    auth,
    admin,
    folderOf,
    start: (only, ...flags) => launch(only, ['--auth-url', auth.url, ...flags]),
    ask,
    entries: async (logging, query = 'limit=10000') =>
      (await ask<{ logs: StoredEntry[] }>(logging, `?${query}`)).logs,
    async end() {
      for (const each of processes) each.kill('SIGKILL');
      await Promise.all(processes.map((each) => each.exited()));
      await redis.stop();
      folder.remove();
    },
  };
}
