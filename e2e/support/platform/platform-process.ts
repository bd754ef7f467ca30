import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { scanEndedProcess } from '../meters/planted-secrets.ts';

const CLI = fileURLToPath(new URL('../../../packages/server/bin/deltastream.mjs', import.meta.url));

/** A stop takes so long at most: the default of `--stop-timeout-ms`, and the time that a process takes to go. */
export const STOPPED_MS = 8_000 + 2_000;

/** The platform as a user starts it: a process of its own, reached over the network only. */
export interface PlatformProcess {
  readonly url: string;
  /** By service, where each listens on a port of its own. */
  readonly urls: ReadonlyMap<string, string>;
  readonly pid: number;
  /** Everything it printed so far. */
  output(): string;
  /** Resolves when the output matches. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  exited(): Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'deltastream-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs the command line to its end. */
export async function runToExit(
  flags: readonly string[],
  input = '',
): Promise<{ code: number | null; output: string }> {
  const run = spawnCli(flags);
  run.child.stdin?.end(input);
  return { code: await run.exited(), output: run.output() };
}

/** Unless a test says otherwise: no past is made, and no stop waits for connections that the client of a test keeps. */
const ENVIRONMENT = { DELTASTREAM_SYNTHETIC_HISTORY: '0', DELTASTREAM_HTTP_CLOSE_GRACE_MS: '0' };

/**
 * Starts the platform on a free port, with these variables added to its environment, and waits for its banner. `cli` is
 * the command line of another tree.
 */
export async function startPlatform(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cli = CLI,
): Promise<PlatformProcess> {
  const run = spawnCli(['--port', '0', ...flags], { ...ENVIRONMENT, ...environment }, cli);
  const [line, url] = await run.printed(/URL\s+(http:\/\/\S+).*/);
  const urls = new Map([...line.matchAll(/(http:\/\/\S+) \(([a-z-]+)\)/g)].map(([, at, name]) => [name, at]));
  return { ...run, url, urls, pid: run.child.pid as number };
}

/** Starts the command line and waits for nothing. */
export function spawnCli(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cli = CLI,
) {
  const child: ChildProcess = spawn(execPath, ['--max-semi-space-size=8', cli, ...flags], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // What a person sees at a terminal: suites look for its words.
    env: { ...process.env, DELTASTREAM_LOG_FORMAT: 'text', ...environment },
  });
  let text = '';
  const listeners = new Set<() => void>();
  const append = (chunk: Buffer) => {
    text += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', append);
  child.stderr?.on('data', append);
  const closed = once(child, 'close').then(([code]) => {
    const data = flags.indexOf('--data');
    scanEndedProcess(text, data === -1 ? undefined : flags[data + 1]);
    return code as number | null;
  });
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal);
  };
  return {
    child,
    output: () => text,
    exited: () => closed,
    kill,
    stop: () => {
      kill('SIGTERM');
      return closed;
    },
    printed(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
      return new Promise((resolve, reject) => {
        const settle = () => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        const look = () => {
          const match = pattern.exec(text);
          if (!match) return;
          settle();
          resolve(match);
        };
        const fail = (why: string) => {
          settle();
          reject(new Error(`${why} before ${pattern} was printed:\n${text}`));
        };
        const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
        listeners.add(look);
        closed.then(() => fail('the process ended'));
        look();
      });
    },
  };
}
