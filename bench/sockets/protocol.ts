import type { LatencyCounts } from './load/latency-histogram.ts';

/** What run.ts, the servers under test and the load clients say to each other over the processes' IPC. */

/** Microseconds of the monotonic clock, which the processes of one machine share. */
export const microseconds = (): number => Number(process.hrtime.bigint() / 1000n);

export interface Rooms {
  /** Rooms that change together: those of a group are published in one turn of the event loop. */
  readonly groups: readonly (readonly string[])[];
  /** Updates per second of each group. */
  readonly perSecond: number;
  /** Least time between two deliveries of a room, milliseconds. */
  readonly intervalMs: number;
  /** Bytes of one update, about. */
  readonly bytes: number;
}

export type ServerKind = 'plain' | 'fan-out' | 'gateway';

export interface ServerOptions {
  readonly kind: ServerKind;
  readonly rooms: readonly Rooms[];
  /** Of a gateway that asks for tokens: where the service is that issues them. */
  readonly authUrl?: string;
}

/** The auth service, and a token of it for each client. */
export interface AuthReady {
  readonly url: string;
  readonly tokens: readonly string[];
}

export interface LoadOptions {
  readonly url: string;
  /** Local address to connect from, so that several processes do not run out of ports. */
  readonly from: string;
  /** What each client sends to subscribe: the JSON of Socket.IO events. */
  readonly subscriptions: readonly (readonly string[])[];
  /** The access token of each client, where there is one. */
  readonly tokens: readonly string[];
  /** Connections being opened at the same time. */
  readonly opening: number;
}

export interface Memory {
  readonly rss: number;
  /** Live JavaScript objects and buffers after a collection. */
  readonly live: number;
}

export interface ServerCount {
  readonly cpuMicroseconds: number;
  /** Updates handed to members. */
  readonly deliveries: number;
  readonly writes: number;
  /** Flushes missed by slow members, and members cut. */
  readonly missed: number;
  readonly cut: number;
  /** The last sequence number of each room. */
  readonly last: Readonly<Record<string, number>>;
}

export interface LoadReport {
  readonly connected: number;
  /** Connections lost since the measurement began. */
  readonly closed: number;
  readonly updates: number;
  readonly bytes: number;
  readonly cpuMicroseconds: number;
  /** From the flush of a room to the client, and from the newest update in it. */
  readonly sinceFlush: LatencyCounts;
  readonly sinceUpdate: LatencyCounts;
  /** Updates that were not newer than the one before. */
  readonly backwards: number;
  /** Subscriptions that went on where the client was, and gaps it was told of. */
  readonly resumed: number;
  readonly gaps: number;
  /** How many clients have which last sequence number of a room. */
  readonly last: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Commands and their answers. */
export interface ServerCommands {
  memory: Memory;
  publish: null;
  quiet: null;
  count: ServerCount;
}

export interface LoadCommands {
  connect: null;
  /** Milliseconds until each client was back and subscribed. */
  reconnect: readonly number[];
  measure: null;
  report: LoadReport;
}
