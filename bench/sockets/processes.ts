import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type {
  AuthReady,
  LoadCommands,
  LoadOptions,
  LoadReport,
  ServerCommands,
  ServerCount,
  ServerOptions,
} from './protocol.ts';

export interface Served {
  readonly url: string;
  ask<C extends keyof ServerCommands>(command: C): Promise<ServerCommands[C]>;
  close(): Promise<void>;
}

export interface Load {
  /** The answer of each process. */
  ask<C extends keyof LoadCommands>(command: C): Promise<LoadCommands[C][]>;
  close(): Promise<void>;
}

/** Clients of one process; two of them keep up with one server on two cores. */
const CLIENTS_PER_PROCESS = 5_000;
/** So many connections are opened at a time, by each process. */
const OPENING = 50;

export async function startServer(options: ServerOptions): Promise<Served> {
  const child = start('servers/server.ts', [JSON.stringify(options)]);
  const [port] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${port}`,
    ask: (command) => ask(child, command),
    close: () => end(child),
  };
}

export async function startAuth(tokens: number): Promise<AuthReady & { close(): Promise<void> }> {
  const child = start('servers/auth-server.ts', []);
  child.send(tokens);
  const [ready] = (await once(child, 'message')) as [AuthReady];
  return { ...ready, close: () => end(child) };
}

/** Clients in as many processes as they need; `subscriptions` says what each sends to subscribe. */
export async function startLoad(
  url: string,
  subscriptions: readonly (readonly string[])[],
  tokens: readonly string[] = [],
): Promise<Load> {
  const children = await Promise.all(
    Array.from({ length: Math.ceil(subscriptions.length / CLIENTS_PER_PROCESS) }, async (_, i) => {
      const child = start('load/load-client.ts', []);
      const part = [i * CLIENTS_PER_PROCESS, (i + 1) * CLIENTS_PER_PROCESS] as const;
      child.send({
        url,
        from: `127.0.0.${i + 2}`,
        subscriptions: subscriptions.slice(...part),
        tokens: tokens.slice(...part),
        opening: OPENING,
      } satisfies LoadOptions);
      await once(child, 'message');
      return child;
    }),
  );
  return {
    ask: (command) => Promise.all(children.map((child) => ask<never>(child, command))),
    close: async () => void (await Promise.all(children.map(end))),
  };
}

function start(script: string, given: string[]): ChildProcess {
  const path = new URL(script, import.meta.url).pathname;
  return fork(path, given, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function ask<Answer>(child: ChildProcess, command: string): Promise<Answer> {
  const answered = new AbortController();
  const { signal } = answered;
  child.send(command);
  try {
    const message = once(child, 'message', { signal });
    const exit = once(child, 'exit', { signal }).then(() => {
      throw new Error(`a process of the benchmark ended during ${command}`);
    });
    const [response] = await Promise.race([message, exit]);
    return response as Answer;
  } finally {
    answered.abort();
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

/** Clients that are not at the last update of a room, by the reports of all processes. */
export function clientsBehind(reports: readonly LoadReport[], { last }: ServerCount): number {
  let behind = 0;
  for (const report of reports) {
    for (const [room, numbers] of Object.entries(report.last)) {
      for (const [seq, clients] of Object.entries(numbers)) if (Number(seq) !== last[room]) behind += clients;
    }
  }
  return behind;
}

export const total = (reports: readonly LoadReport[], of: (report: LoadReport) => number): number =>
  reports.reduce((sum, report) => sum + of(report), 0);
