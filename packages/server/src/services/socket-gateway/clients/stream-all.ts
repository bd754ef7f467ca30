import type { Subscribed } from '@deltastream/contracts';
import { JsonText } from '../connections/json-text.ts';
import type { ClientSocket, ClientSubscriptions } from './client-session.ts';

/** Clients that asked for the prices of all products when they connected (`?stream=all`), as those of the tutorial do. */
export interface StreamAll {
  /** Subscribes where the client asked so, now and to products that come later; returns the unsubscribe function. */
  serve(socket: ClientSocket, rooms: ClientSubscriptions): () => void;
  stop(): void;
}

/** How soon a product that is new is among them: as often as everybody is told of prices that moved. */
const LOOK_MS = 1_000;

export function createStreamAll(products: () => readonly string[]): StreamAll {
  const clients = new Map<
    ClientSocket,
    { readonly rooms: ClientSubscriptions; readonly known: Set<string> }
  >();
  let timer: NodeJS.Timeout | null = null;

  /** Beyond the number of its subscriptions a client is told so, once. */
  function subscribe(socket: ClientSocket, rooms: ClientSubscriptions, known: Set<string>): void {
    for (const symbol of products()) {
      if (known.has(symbol)) continue;
      known.add(symbol);
      rooms.subscribe({ type: 'product', symbol }, (outcome) => {
        if (outcome instanceof JsonText) socket.emit('subscribed', outcome as unknown as Subscribed);
        else socket.emit('error', outcome.error);
      });
    }
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
    clients.clear();
  }

  return {
    serve(socket, rooms) {
      if (socket.handshake.query.stream !== 'all') return () => {};
      const known = new Set<string>();
      clients.set(socket, { rooms, known });
      subscribe(socket, rooms, known);
      timer ??= setInterval(() => {
        for (const [each, client] of clients) subscribe(each, client.rooms, client.known);
      }, LOOK_MS);
      return () => {
        clients.delete(socket);
        if (clients.size === 0) stop();
      };
    },
    stop,
  };
}
