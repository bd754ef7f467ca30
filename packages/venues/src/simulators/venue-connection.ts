import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { InstrumentId } from '../instrument.ts';
import type { InstrumentQuote } from '../meaning.ts';
import type { WireMessage } from '../wire-protocol.ts';
import { cutInHalf, unsubscribed } from './faults.ts';
import type { SimulatedConversation, SimulatedLimits, SimulatedPeer } from './simulated-venue.ts';
import type { Fault, SimulatedMarket } from './simulator.ts';
import { createSlowWriter } from './slow-writer.ts';
import { BINARY_FRAME, PONG_FRAME, TEXT_FRAME, webSocketFrame } from './websocket-frame.ts';

/** Bytes of a peer that are not read yet, above which quotes wait and only the newest of each is kept. */
const MOST_UNREAD_BYTES = 1024 * 1024; // Some thousand quotes, far more than a peer that reads leaves.
/** So often a peer that does not read is looked at again: some times a second, as quotes come. */
const RETRY_MS = 50;
/** Messages that are to be sent once more, under the fault `late`; further ones are not. */
const MOST_LATE = 256; // Seconds of a busy connection, in memory that does not matter.
/** Quotes that nobody subscribed, with each change: enough to be noticed, few enough to be beside the others. */
const FOREIGN_QUOTES = 2;

export interface ConnectionOptions {
  readonly socket: WebSocket;
  /** What the WebSocket runs on: bytes are dripped into it. */
  readonly stream: Duplex;
  readonly market: SimulatedMarket;
  readonly limits: SimulatedLimits;
  /** A peer that has not read for so long is cut, ms. */
  readonly unreadMs: number;
  /** What is going wrong now. */
  fault(): Fault | null;
}

/** One WebSocket of a simulator: its subscriptions, the quotes that it is to be sent, and what goes wrong on the way. */
export interface VenueConnection {
  readonly peer: SimulatedPeer;
  readonly subscriptions: ReadonlyMap<InstrumentId, number>;
  /** Begins to speak; called once. */
  begin(conversation: SimulatedConversation): void;
  changed(ids: readonly InstrumentId[]): void;
  listed(ids: readonly InstrumentId[]): void;
  ended(ids: readonly InstrumentId[]): void;
  /** Sends the quotes that changed, unless the peer does not read: then later, the newest of each. */
  flush(): void;
  /** Every subscribed quote counts as changed. */
  touch(): void;
  expire(): void;
  /** Nothing late is sent any more. */
  forgetLate(): void;
  terminate(): void;
}

export function createVenueConnection(options: ConnectionOptions): VenueConnection {
  const { socket, stream, market, limits, fault } = options;
  const subscriptions = new Map<InstrumentId, number>();
  const pending = new Set<InstrumentId>();
  const late = new Set<NodeJS.Timeout>();
  const slow = createSlowWriter(stream);
  let conversation: SimulatedConversation | null = null;
  let heartbeat: NodeJS.Timeout | null = null;
  let retry: NodeJS.Timeout | null = null;
  let unreadSince: number | null = null;
  let sentBefore: readonly WireMessage[] = [];

  const isOpen = () => socket.readyState === socket.OPEN;
  const unread = () => socket.bufferedAmount + slow.waiting;

  function transmit(message: WireMessage): void {
    const current = fault();
    if (!isOpen() || current?.kind === 'silence') return;
    const sent = current?.kind === 'half_frames' ? cutInHalf(message) : message;
    const dripped = current?.kind === 'slow_drip';
    if (dripped || slow.waiting > 0) {
      const opcode = typeof sent === 'string' ? TEXT_FRAME : BINARY_FRAME;
      slow.write(webSocketFrame(opcode, Buffer.from(sent)), dripped ? current.overMs : 0);
    } else socket.send(sent);
  }

  function sendAll(messages: readonly WireMessage[] | undefined): void {
    for (const message of messages ?? []) transmit(message);
  }

  function sendQuotes(ids: Iterable<InstrumentId>, reason: 'snapshot' | 'change'): void {
    const current = fault();
    if (conversation === null || current?.kind === 'mute' || current?.kind === 'silence') return;
    const quotes: InstrumentQuote[] = [];
    const take = (id: InstrumentId) => {
      const quote = market.quoteOf(id);
      if (quote !== null) quotes.push(quote);
    };
    for (const id of ids) if (subscriptions.has(id)) take(id);
    if (quotes.length === 0) return;
    if (current?.kind === 'wrong_instrument') {
      for (const id of unsubscribed(market, subscriptions, FOREIGN_QUOTES)) take(id);
    }
    const messages = conversation.quotes(quotes, reason);
    sendAll(messages);
    if (current?.kind === 'duplicates') sendAll(messages);
    if (current?.kind === 'late') sendLate(sentBefore, current.byMs);
    sentBefore = messages;
  }

  function sendLate(messages: readonly WireMessage[], byMs: number): void {
    if (messages.length === 0 || late.size >= MOST_LATE) return;
    const timer = setTimeout(() => {
      late.delete(timer);
      sendAll(messages);
    }, byMs);
    late.add(timer);
  }

  function flush(): void {
    if (pending.size === 0 || !isOpen()) return;
    if (unread() > MOST_UNREAD_BYTES) waitForReader();
    else {
      unreadSince = null;
      const ids = [...pending];
      pending.clear();
      sendQuotes(ids, 'change');
    }
  }

  function waitForReader(): void {
    unreadSince ??= performance.now();
    if (performance.now() - unreadSince > options.unreadMs) terminate();
    else {
      retry ??= setTimeout(() => {
        retry = null;
        flush();
      }, RETRY_MS);
    }
  }

  function changed(ids: readonly InstrumentId[]): void {
    for (const id of ids) if (subscriptions.has(id)) pending.add(id);
  }

  function forgetLate(): void {
    for (const timer of late) clearTimeout(timer);
    late.clear();
  }

  function release(): void {
    if (heartbeat !== null) clearInterval(heartbeat);
    if (retry !== null) clearTimeout(retry);
    forgetLate();
    slow.stop();
    subscriptions.clear();
    pending.clear();
  }

  function terminate(): void {
    release();
    socket.terminate();
  }

  function close(code: number, reason: string): void {
    const isDripping = slow.waiting > 0;
    release();
    if (isDripping)
      socket.terminate(); // A frame of closing would land within a message.
    else socket.close(code, reason.slice(0, LONGEST_REASON));
  }

  const peer: SimulatedPeer = {
    market,
    send: transmit,
    subscribe: (ids) => {
      if (fault()?.kind === 'oversize_refused') {
        const added = ids.filter((id) => !subscriptions.has(id)).length;
        if (ids.length > limits.instrumentsPerMessage) return false;
        if (subscriptions.size + added > limits.instrumentsPerConnection) return false;
      }
      for (const id of ids) subscriptions.set(id, (subscriptions.get(id) ?? 0) + 1);
      return true;
    },
    unsubscribe: (ids) => {
      for (const id of ids) {
        subscriptions.delete(id);
        pending.delete(id);
      }
    },
    push: (ids) => {
      if (unread() > MOST_UNREAD_BYTES) {
        changed(ids);
        waitForReader();
      } else sendQuotes(ids, 'snapshot');
    },
    heartbeatEvery: (ms) => {
      if (heartbeat !== null) clearInterval(heartbeat);
      heartbeat = ms > 0 && isOpen() ? setInterval(() => sendAll(conversation?.heartbeat?.()), ms) : null;
    },
    close,
  };

  socket.on('error', () => {}); // A malformed frame: ws closes the connection, and 'close' follows.
  socket.on('close', () => {
    release();
    conversation?.closed?.();
  });
  socket.on('ping', (data: Buffer) => {
    if (fault()?.kind === 'silence') return;
    if (slow.waiting > 0) slow.write(webSocketFrame(PONG_FRAME, data), 0);
    else socket.pong(data);
  });

  return {
    peer,
    subscriptions,
    begin: (begun) => {
      conversation = begun;
      sendAll(begun.opened?.());
      socket.on('message', (data: RawData, isBinary: boolean) => {
        try {
          begun.receive(isBinary ? (data as Buffer) : data.toString());
        } catch (error) {
          close(PROTOCOL_ERROR, error instanceof Error ? error.message : String(error));
        }
      });
    },
    changed,
    listed: (ids) => sendAll(conversation?.listed?.(ids)),
    ended: (ids) => {
      sendAll(conversation?.ended?.(ids));
      peer.unsubscribe(ids);
    },
    flush,
    touch: () => {
      changed([...subscriptions.keys()]);
      flush();
    },
    expire: () => {
      const { send, code, reason } = conversation?.expired?.() ?? EXPIRED;
      sendAll(send);
      close(code, reason);
    },
    forgetLate,
    terminate,
  };
}

/** Codes of closing, RFC 6455 section 7.4.1. */
const PROTOCOL_ERROR = 1002;
const EXPIRED = { send: [], code: 1008, reason: 'token expired' };
/** Characters of a reason: the frame of closing holds 123 bytes, and what is not ASCII takes up to three. */
const LONGEST_REASON = 41;
