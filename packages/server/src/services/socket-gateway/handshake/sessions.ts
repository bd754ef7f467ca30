import type { Socket } from 'socket.io';
import { isLoopback, networkOf } from '../../../kit/access/addresses.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { SocketGatewaySettings } from '../settings.ts';

type Connection = Socket['conn'];

export type SessionBounds = Pick<
  SocketGatewaySettings,
  'maxSessions' | 'maxSessionsPerAddress' | 'maxPendingSessions' | 'connectTimeoutMs'
>;

/** A place for a session, taken before anything is allocated for it. */
export interface Place {
  /** The session that it was taken for. Without one the place is given back by `release`. */
  open(connection: Connection): void;
  release(): void;
}

export interface Sessions {
  /** A place for one more session of the address, or why there is none. */
  reserve(address: string): Place | DeltaStreamError;
  find(sid: string): Connection | undefined;
  /** The session is in a namespace, or in none any more. */
  entered(connection: Connection): void;
  left(connection: Connection): void;
  /** False when the session has asked for an upgrade before. */
  takeUpgrade(connection: Connection): boolean;
  count(): number;
  pending(): number;
  /** Closes the sessions that are in no namespace; those that are in one are told by who serves them. */
  stop(): void;
}

export interface SessionListener {
  /** A session was in no namespace for too long (`tooLate`), or was the oldest of too many. */
  onExpired(connection: Connection, reason: string, tooLate: boolean): void;
}

/** How often the oldest of the pending sessions are looked at. */
const LOOK_MS = 250;
const RETRY_SECONDS = 5; // By then pending sessions of the usual time limit have ended.

const sidOf = (connection: Connection): string => (connection as unknown as { id: string }).id;

/** Which sessions there are, whose they are, and since when they are in no namespace. */
export function createSessions(bounds: SessionBounds, listener: SessionListener): Sessions {
  const bySid = new Map<string, Connection>();
  const byAddress = new Map<string, number>();
  /** Since when, in the order of waiting. */
  const pending = new Map<Connection, number>();
  const upgraded = new WeakSet<Connection>();
  let taken = 0;
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    const now = performance.now();
    for (const [connection, since] of pending) {
      if (now - since < bounds.connectTimeoutMs) return;
      expire(connection, `in no namespace within ${bounds.connectTimeoutMs} ms`, true);
    }
  }

  function expire(connection: Connection, reason: string, tooLate = false): void {
    forget(connection);
    listener.onExpired(connection, reason, tooLate);
  }

  function forget(connection: Connection): void {
    pending.delete(connection);
    if (pending.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  function wait(connection: Connection): void {
    pending.set(connection, performance.now());
    timer ??= setInterval(look, LOOK_MS);
    if (pending.size <= bounds.maxPendingSessions) return;
    const [oldest] = pending.keys();
    expire(oldest, `the oldest of more than ${bounds.maxPendingSessions} sessions in no namespace`);
  }

  function placeOf(network: string | null): Place {
    let held = true;
    taken += 1;
    if (network !== null) byAddress.set(network, (byAddress.get(network) ?? 0) + 1);
    const release = () => {
      if (!held) return;
      held = false;
      taken -= 1;
      if (network === null) return;
      const left = (byAddress.get(network) ?? 1) - 1;
      if (left === 0) byAddress.delete(network);
      else byAddress.set(network, left);
    };
    return {
      release,
      open(connection) {
        bySid.set(sidOf(connection), connection);
        wait(connection);
        connection.once('close', () => {
          bySid.delete(sidOf(connection));
          forget(connection);
          release();
        });
      },
    };
  }

  return {
    reserve(address) {
      if (taken >= bounds.maxSessions) {
        return new DeltaStreamError('unavailable', `there are ${bounds.maxSessions} sessions already`, {
          retryAfterSeconds: RETRY_SECONDS,
        });
      }
      if (isLoopback(address)) return placeOf(null);
      const network = networkOf(address);
      if ((byAddress.get(network) ?? 0) < bounds.maxSessionsPerAddress) return placeOf(network);
      const most = `address ${network} has ${bounds.maxSessionsPerAddress} sessions already`;
      return new DeltaStreamError('too_many_connections', most, { retryAfterSeconds: RETRY_SECONDS });
    },
    find: (sid) => bySid.get(sid),
    entered: forget,
    left(connection) {
      if (connection.readyState === 'open') wait(connection);
    },
    takeUpgrade(connection) {
      if (upgraded.has(connection)) return false;
      upgraded.add(connection);
      return true;
    },
    count: () => taken,
    pending: () => pending.size,
    stop() {
      for (const connection of [...pending.keys()]) expire(connection, 'the gateway is stopping');
    },
  };
}
