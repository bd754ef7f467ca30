import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a network between two processes may do. */
export interface TcpProxy {
  readonly port: number;
  /** Delays every piece of data in both directions; one that comes later never overtakes it, whatever the delay is then. */
  setLatency(ms: number): void;
  /** Closes every connection and refuses new ones, until `heal`. */
  cut(): void;
  /** Closes the connections of a client that sends a text, from now on; null: none. */
  cutAt(text: string | null): void;
  /** Takes data and connections but lets nothing through, until `heal`: what was swallowed is gone. */
  blackHole(): void;
  heal(): void;
  /** Connections accepted so far. */
  accepted(): number;
  close(): Promise<void>;
}

/** Forwards connections of a free loopback port to another. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let mode: 'open' | 'cut' | 'black hole' = 'open';
  let cutText: string | null = null;
  let latencyMs = 0;
  let accepted = 0;

  const drop = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const forward = (from: Socket, to: Socket) => {
    let delayed = 0;
    let sent: Promise<unknown> = Promise.resolve();
    const sendAt = async (due: number, data: string | Buffer) => {
      await sleep(Math.max(0, due - performance.now()));
      delayed -= 1;
      if (mode === 'open') to.write(data);
    };
    from.on('data', (data) => {
      if (mode === 'black hole') return;
      if (cutText !== null && data.includes(cutText)) return void from.destroy();
      if (latencyMs === 0 && delayed === 0) return void to.write(data);
      delayed += 1;
      const due = performance.now() + latencyMs;
      sent = sent.then(() => sendAt(due, data));
    });
    from.on('close', () => to.destroy());
    // A reset is what this proxy is for; the close that follows is handled.
    from.on('error', () => undefined);
  };

  const server = createServer((client) => {
    accepted += 1;
    if (mode === 'cut') return void client.destroy();
    const target = createConnection({ port: targetPort, host: '127.0.0.1' });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    forward(client, target);
    forward(target, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    port: address.port,
    setLatency: (ms) => {
      latencyMs = ms;
    },
    cut: () => {
      mode = 'cut';
      drop();
    },
    cutAt: (text) => {
      cutText = text;
    },
    blackHole: () => {
      mode = 'black hole';
    },
    heal: () => {
      // Connections from the dark hold half-swallowed messages; no network would bring those back.
      if (mode === 'black hole') drop();
      mode = 'open';
    },
    accepted: () => accepted,
    async close() {
      drop();
      server.close();
      await once(server, 'close');
    },
  };
}
