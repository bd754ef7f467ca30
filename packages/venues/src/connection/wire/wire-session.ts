import type { InstrumentId } from '../../instrument.ts';
import type { QuoteSink } from '../../meaning.ts';
import type { WireConversation, WireEvent, WireMessage, WireProtocol } from '../../wire-protocol.ts';
import { createBackoff } from '../backoff.ts';
import { type ConnectionReport, createStateKeeper } from '../connection-state.ts';
import { endingOf, shortReason } from '../failures/failure.ts';
import type { ConnectionPorts, SocketEnding, WireSocket } from '../ports.ts';
import { createSessionRequests, type SessionRequests } from './session-requests.ts';
import { createSubscriptionList } from './subscription-list.ts';

export interface WireSessionOptions {
  /** For logs and status: `deribit 1`. */
  readonly name: string;
  readonly protocol: WireProtocol;
  readonly sink: QuoteSink;
  /** Called with what will be subscribed when a connection is ready again, before any quote of it. */
  readonly reconnected: (ids: Iterable<InstrumentId>) => void;
  /** True while quotes of its instruments are due: their market is open. */
  readonly quotesExpected: () => boolean;
  /** Longest time that closing a connection properly may take; it is ended then. */
  readonly closeMs: number;
}

/**
 * One connection to a venue that is kept for good. Whatever fails, it is connected anew with backoff and subscribed from the
 * list that is kept here; nothing is thrown and nothing rejects.
 */
export interface WireSession {
  readonly size: number;
  start(): void;
  add(ids: Iterable<InstrumentId>): void;
  remove(ids: Iterable<InstrumentId>): void;
  report(): ConnectionReport;
  /** Bounded by `closeMs`. */
  close(): Promise<void>;
}

/** One try to connect, and the connection that it became. */
interface Connection {
  readonly abort: AbortController;
  socket: WireSocket | null;
  requests: SessionRequests | null;
  conversation: WireConversation | null;
  ready: boolean;
  /** Monotonic ms. */
  receivedAt: number;
  quotedAt: number;
  readyAt: number;
  pingedAt: number;
}

/** A watchdog that looks so often within the shortest of its times is late by an eighth at most. */
const LOOKS_PER_TIME = 8;
/** It does not look more often than this, ms, however short the times are. */
const LEAST_LOOK_MS = 5;
/** And at least so often, ms: status shows what it finds within 3 s. */
const LONGEST_LOOK_MS = 1_000;

const MARKET_CLOSED = 'the market is closed';

export function createWireSession(options: WireSessionOptions, ports: ConnectionPorts): WireSession {
  const { name, protocol, quotesExpected, closeMs } = options;
  const { limits, times } = protocol;
  const { clock, random } = ports;
  const keeper = createStateKeeper({ name, kind: 'socket' }, ports);
  const { counts } = keeper;
  const list = createSubscriptionList({ firstMs: times.connectMs, lastMs: times.lastRetryMs });
  const backoff = createBackoff(times, random);
  const closing = new Set<Promise<void>>();
  let current: Connection | null = null;
  let closed = false;
  let wasReady = false;
  let watch: NodeJS.Timeout | undefined;
  let deadline: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;

  const sink: QuoteSink = {
    quote(quote) {
      counts.quotes++;
      options.sink.quote(quote);
    },
    state: (id, state, at) => options.sink.state(id, state, at),
    listed: (id) => options.sink.listed(id),
    rejected(rejection, reason) {
      counts.rejected++;
      options.sink.rejected(rejection, reason);
    },
  };

  async function connect(): Promise<void> {
    if (closed) return;
    const now = clock.monotonicMs();
    const connection: Connection = {
      abort: new AbortController(),
      socket: null,
      requests: null,
      conversation: null,
      ready: false,
      receivedAt: now,
      quotedAt: now,
      readyAt: now,
      pingedAt: now,
    };
    current = connection;
    counts.connects++;
    // What it is known to be stays shown until it is known to be over.
    if (keeper.state() === 'waiting') keeper.enter('connecting');
    deadline = setTimeout(
      () => fail(connection, { reason: `not connected and ready within ${times.connectMs} ms` }),
      times.connectMs,
    );
    let address: Awaited<ReturnType<WireProtocol['address']>>;
    try {
      address = await protocol.address(connection.abort.signal);
    } catch (error) {
      fail(connection, endingOf(error));
      return;
    }
    if (current !== connection) return;
    try {
      const conversation = protocol.converse();
      connection.conversation = conversation;
      const socket = ports.openSocket(
        address,
        { maxMessageBytes: limits.maxMessageBytes, connectMs: times.connectMs },
        {
          opened: () => opened(connection),
          message: (message) => received(connection, message),
          alive: () => {
            connection.receivedAt = clock.monotonicMs();
          },
          ended: (ending) => fail(connection, ending),
        },
      );
      connection.socket = socket;
      const failed = (ending: SocketEnding) => fail(connection, ending);
      connection.requests = createSessionRequests({ socket, conversation, list, limits, clock, failed });
    } catch (error) {
      fail(connection, endingOf(error, address));
    }
  }

  function opened(connection: Connection): void {
    if (current !== connection) return;
    connection.receivedAt = connection.pingedAt = clock.monotonicMs();
    try {
      const { send, ready } = connection.conversation!.opened();
      for (const message of send) connection.requests?.now(message);
      if (ready) handle(connection, { kind: 'ready' });
    } catch (error) {
      fail(connection, endingOf(error));
    }
  }

  function received(connection: Connection, message: WireMessage): void {
    if (current !== connection) return;
    connection.receivedAt = clock.monotonicMs();
    counts.messages++;
    const quotes = counts.quotes;
    let events: readonly WireEvent[];
    try {
      events = connection.conversation!.receive(message, sink, (reply) => connection.requests?.now(reply));
    } catch (error) {
      fail(connection, endingOf(error));
      return;
    }
    if (counts.quotes !== quotes) quoted(connection);
    for (const event of events) {
      if (current !== connection) return;
      handle(connection, event);
    }
  }

  function quoted(connection: Connection): void {
    connection.quotedAt = connection.receivedAt;
    if (keeper.state() !== 'live') keeper.enter('live');
  }

  function handle(connection: Connection, event: WireEvent): void {
    switch (event.kind) {
      case 'ready':
        if (connection.ready) return;
        connection.ready = true;
        if (wasReady) options.reconnected(list.ids());
        wasReady = true;
        connection.readyAt = connection.quotedAt = clock.monotonicMs();
        clearTimeout(deadline);
        deadline = undefined;
        if (!quotesExpected()) keeper.enter('live', MARKET_CLOSED);
        else if (keeper.state() !== 'mute') keeper.enter('connecting', 'no quote came yet');
        connection.requests?.pump();
        return;
      case 'subscribed':
        list.confirm(event.ids);
        return;
      case 'refused':
        list.refuse(event.ids);
        ports.log.event('venue_instruments_refused', {
          connection: name,
          instruments: event.ids.length,
          reason: shortReason(event.reason),
        });
        return;
      case 'failed':
        fail(connection, { reason: shortReason(event.reason), retryAfterMs: event.retryAfterMs });
        return;
      case 'credentials':
        fail(connection, { reason: shortReason(event.reason), credentials: true });
        return;
      case 'alive':
        return;
    }
  }

  function look(): void {
    const connection = current;
    if (!connection?.socket) return;
    const now = clock.monotonicMs();
    if (now - connection.receivedAt >= times.silenceMs) {
      fail(connection, { reason: `nothing was received for ${Math.round(now - connection.receivedAt)} ms` });
      return;
    }
    if (!connection.ready) return;
    if (times.pingMs > 0 && now - connection.pingedAt >= times.pingMs) {
      connection.pingedAt = now;
      connection.socket.ping();
    }
    // Not with the first quote: a venue that gives one and hangs up would be asked at once, again and again.
    if (now - connection.readyAt >= times.lastRetryMs) backoff.reset();
    lookForStall(connection, now);
    if (current !== connection) return;
    const again = list.askAgain(now);
    if (again > 0) {
      counts.askedAgain += again;
      ports.log.event('venue_instruments_asked_again', { connection: name, instruments: again });
    }
    connection.requests?.pump();
  }

  function lookForStall(connection: Connection, now: number): void {
    if (list.size === 0 || !quotesExpected()) {
      // Counted from the opening, not from the last quote before it.
      connection.quotedAt = now;
      if (keeper.state() !== 'live') keeper.enter('live', MARKET_CLOSED);
      return;
    }
    if (now - connection.quotedAt < times.stallMs) return;
    counts.stalls++;
    const forMs = Math.round(now - connection.quotedAt);
    fail(connection, { reason: `connected, but no quote came for ${forMs} ms` }, 'mute');
  }

  /** Ends a connection that cannot go on, and waits for the next. */
  function fail(connection: Connection, ending: SocketEnding, as: 'waiting' | 'mute' = 'waiting'): void {
    if (current !== connection) return;
    if (keeper.state() === 'live' && quotesExpected()) counts.gaps++;
    leave(connection);
    const { credentials = false, retryAfterMs } = ending;
    keeper.enter(credentials ? 'refused' : as, ending.reason);
    const waitMs = backoff.next(credentials ? Math.max(times.lastRetryMs, retryAfterMs ?? 0) : retryAfterMs);
    retry = setTimeout(() => void connect(), waitMs);
  }

  function leave({ abort, socket, requests }: Connection): void {
    current = null;
    clearTimeout(deadline);
    deadline = undefined;
    requests?.stop();
    abort.abort();
    list.restart();
    if (!socket) return;
    const end = socket.close(closeMs).finally(() => closing.delete(end));
    closing.add(end);
  }

  return {
    get size() {
      return list.size;
    },
    start() {
      if (closed || watch) return;
      const shortest = Math.min(times.silenceMs, times.stallMs, times.connectMs, times.pingMs || Infinity);
      const lookMs = Math.min(Math.max(shortest / LOOKS_PER_TIME, LEAST_LOOK_MS), LONGEST_LOOK_MS);
      watch = setInterval(look, lookMs);
      void connect();
    },
    add(ids) {
      list.add(ids);
      if (current?.ready) current.requests?.pump();
    },
    remove(ids) {
      list.remove(ids);
      if (current?.ready) current.requests?.pump();
    },
    report: () => keeper.report(list.size, list.confirmed),
    async close() {
      closed = true;
      clearTimeout(retry);
      clearInterval(watch);
      if (current) leave(current);
      keeper.enter('closed');
      await Promise.all(closing);
    },
  };
}
