import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAccount, FAST_PASSWORDS, logIn, post } from '../../e2e/support/platform/accounts.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../../e2e/support/platform/platform-process.ts';

const FILL_MS = 4_000;
const NO_FEED = ['--source', 'none', '--dataset', 'synthetic'];
const GUARDED = ['--auth-required', 'true', '--read-rate', '1000000', ...FAST_PASSWORDS];
const ADMIN = { email: 'admin@example.com', password: 'five words that are unrelated' };

/** Processes over copies of one store that has a chain, with one account. */
export interface Stand {
  /** Starts a platform over a copy of its own; `cli` is that of another tree. */
  platform(flags: readonly string[], cli?: string): Promise<Served>;
  /** Starts auth, storage and the gateway as processes. */
  apart(): Promise<{ readonly gateway: Served; readonly storage: PlatformProcess }>;
  /** A server to compare with; see `peer.ts`. */
  peer(...words: string[]): Promise<{ readonly url: string; readonly pid: number }>;
  /** Stops what was started since the last call. */
  stop(): Promise<void>;
  remove(): void;
}

/** A platform that serves the chain of one expiry. */
export interface Served {
  readonly pid: number;
  readonly url: string;
  readonly headers: { readonly authorization: string };
  /** From which level on lines of the gateway are kept. */
  setLevel(level: 'debug' | 'info'): Promise<void>;
  /** Log entries that its logging service stored, and dropped. */
  logged(): Promise<{ stored: number; dropped: number }>;
}

export async function createStand(): Promise<Stand> {
  const folder = temporaryFolder();
  const filled = join(folder.path, 'filled');
  await createAccount(filled, 'admin', 'admin');
  const filling = await startPlatform(['--data', filled, '--products', 'NIFTY', ...FAST_PASSWORDS]);
  await sleep(FILL_MS);
  await filling.stop();
  let copies = 0;
  let platforms: PlatformProcess[] = [];
  let peers: ChildProcess[] = [];
  const copyOfStore = (): string => {
    copies += 1;
    const copy = join(folder.path, `copy-${copies}`);
    cpSync(filled, copy, { recursive: true });
    return copy;
  };
  const start = async (data: string, flags: readonly string[], cli?: string) => {
    const started = await startPlatform(['--data', data, ...flags], {}, cli);
    platforms.push(started);
    return started;
  };

  return {
    platform: async (flags, cli) =>
      served(await start(copyOfStore(), [...GUARDED, ...NO_FEED, ...flags], cli)),
    async apart() {
      const data = copyOfStore();
      const auth = await start(copyOfStore(), ['--only', 'auth', ...FAST_PASSWORDS]);
      const toAuth = ['--auth-url', auth.url];
      const storage = await start(data, ['--only', 'storage', ...NO_FEED, ...toAuth]);
      const addresses = ['--data-url', storage.url, ...toAuth];
      const gateway = await start(data, ['--only', 'gateway', ...GUARDED, ...NO_FEED, ...addresses]);
      return { gateway: await served(gateway), storage };
    },
    async peer(...words) {
      const child = fork(fileURLToPath(new URL('./peer.ts', import.meta.url)), words);
      peers.push(child);
      const ended = once(child, 'exit').then(() =>
        Promise.reject(new Error(`${words[0]} ended before it listened`)),
      );
      const [{ url }] = (await Promise.race([once(child, 'message'), ended])) as [{ url: string }];
      ended.catch(() => {});
      return { url, pid: child.pid as number };
    },
    async stop() {
      for (const each of peers) each.kill();
      await Promise.all(platforms.map((each) => each.stop()));
      [platforms, peers] = [[], []];
    },
    remove: folder.remove,
  };
}

async function served({ url, pid }: PlatformProcess): Promise<Served> {
  const { token } = await logIn(url, ADMIN);
  const headers = { authorization: `Bearer ${token}` };
  const { expiries } = (await (await fetch(`${url}/api/data/expiries/NIFTY`, { headers })).json()) as {
    expiries: { expiry: string }[];
  };
  return {
    pid,
    url: `${url}/api/data/chain/NIFTY?expiry=${expiries[0].expiry}`,
    headers,
    setLevel: (level) => post(`${url}/api/admin/log-levels`, { service: 'gateway', level }, token),
    async logged() {
      const text = await (await fetch(`${url}/metrics`)).text();
      const of = (name: string) =>
        Number(new RegExp(`^deltastream_logging_${name}_total (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
      return { stored: of('stored'), dropped: of('dropped') };
    },
  };
}
