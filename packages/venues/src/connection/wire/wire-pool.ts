import type { InstrumentId } from '../../instrument.ts';
import type { QuoteSink } from '../../meaning.ts';
import type { WireProtocol } from '../../wire-protocol.ts';
import type { ConnectionReport } from '../connection-state.ts';
import type { ConnectionPorts } from '../ports.ts';
import { createWireSession, type WireSession } from './wire-session.ts';

export interface WirePoolOptions {
  /** Name of the venue. */
  readonly name: string;
  readonly protocol: WireProtocol;
  readonly sink: QuoteSink;
  /** Called with what will be subscribed when a connection is ready again, before any quote of it. */
  readonly reconnected: (ids: Iterable<InstrumentId>) => void;
  readonly quotesExpected: () => boolean;
  readonly closeMs: number;
}

/** The connections of a venue's WebSocket, no more than it allows. */
export interface WirePool {
  /**
   * What is to be subscribed from now on, in the order of importance: what the venue's limits leave no room for is left out from
   * the end. What was wanted before stays on its connection.
   */
  want(ids: readonly InstrumentId[]): void;
  /** Wanted, and beyond the venue's limits. */
  leftOut(): number;
  report(): ConnectionReport[];
  close(): Promise<void>;
}

export function createWirePool(options: WirePoolOptions, ports: ConnectionPorts): WirePool {
  const { limits } = options.protocol;
  const capacity = limits.connections * limits.instrumentsPerConnection;
  const placed = new Map<InstrumentId, WireSession>();
  const sessions: WireSession[] = [];
  const ending = new Set<Promise<void>>();
  let opened = 0;
  let leftOut = 0;
  let closed = false;

  function open(): void {
    opened++;
    const session = createWireSession({ ...options, name: `${options.name} ${opened}` }, ports);
    sessions.push(session);
    session.start();
  }

  function end(session: WireSession): void {
    sessions.splice(sessions.indexOf(session), 1);
    const done = session.close().finally(() => ending.delete(done));
    ending.add(done);
  }

  return {
    want(ids) {
      if (closed) return;
      const unique = new Set(ids);
      const wanted = unique.size > capacity ? new Set([...unique].slice(0, capacity)) : unique;
      leftOut = unique.size - wanted.size;
      const removed = new Map<WireSession, InstrumentId[]>();
      for (const [id, session] of placed) {
        if (wanted.has(id)) continue;
        placed.delete(id);
        grouped(removed, session, id);
      }
      for (const [session, gone] of removed) session.remove(gone);
      const needed = Math.ceil(wanted.size / limits.instrumentsPerConnection);
      while (sessions.length < needed) open();
      const added = new Map<WireSession, InstrumentId[]>();
      const load = (session: WireSession) => session.size + (added.get(session)?.length ?? 0);
      for (const id of wanted) {
        if (placed.has(id)) continue;
        // That with the fewest, so that they are spread evenly.
        const session = sessions.reduce((best, one) => (load(one) < load(best) ? one : best));
        placed.set(id, session);
        grouped(added, session, id);
      }
      for (const [session, fresh] of added) session.add(fresh);
      for (const session of sessions.filter(({ size }) => size === 0)) end(session);
    },
    leftOut: () => leftOut,
    report: () => sessions.map((session) => session.report()),
    async close() {
      closed = true;
      for (const session of [...sessions]) end(session);
      await Promise.all(ending);
    },
  };
}

function grouped<Key, Value>(groups: Map<Key, Value[]>, key: Key, value: Value): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}
