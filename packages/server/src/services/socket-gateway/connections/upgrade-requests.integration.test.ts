import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectGarbage, openFanOut, receiveAll, testChannel } from '../fan-out/fan-out.fixture.ts';
import { trackUpgradeRequests } from './upgrade-requests.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function startReleasing() {
  const { io, fanOut, connect, close } = await openFanOut();
  open.push(close);
  const channel = testChannel('price');
  const requests = trackUpgradeRequests(io.engine);
  const seen: WeakRef<object>[] = [];
  io.on('connection', (socket) => {
    seen.push(new WeakRef(socket.request));
    requests.release(socket);
    fanOut.join(socket as never, channel);
  });
  return { io, fanOut, channel, seen, connect };
}

describe('upgrade requests', () => {
  it('lets go of the request of a WebSocket connection, which goes on', async () => {
    const { io, fanOut, channel, seen, connect } = await startReleasing();
    const clients = Array.from({ length: 20 }, () => connect({}));
    await Promise.all(clients.map((client) => once(client as never, 'connect')));
    await vi.waitFor(() => {
      collectGarbage();
      expect(seen.filter((each) => each.deref()).length).toBeLessThanOrEqual(1);
    });
    const received = clients.map(receiveAll);
    channel.push('still here');
    fanOut.due(channel);
    await vi.waitFor(() => expect(received).toEqual(clients.map(() => [['price', 'still here']])));
    for (const socket of io.sockets.sockets.values()) expect(socket.handshake.address).toBe('127.0.0.1');
    clients[0].close();
    await vi.waitFor(() => expect(io.engine.clientsCount).toBe(19));
  });

  it('leaves polling and the upgrade from it alone', async () => {
    const { io, fanOut, channel, connect } = await startReleasing();
    const clients = [connect({ transports: ['polling'] }), connect({ transports: ['polling', 'websocket'] })];
    const received = clients.map(receiveAll);
    await Promise.all(clients.map((client) => once(client as never, 'connect')));
    await vi.waitFor(() =>
      expect([...io.sockets.sockets.values()].map(({ conn }) => conn.transport.name).sort()).toEqual([
        'polling',
        'websocket',
      ]),
    );
    for (let i = 0; i < 5; i++) {
      channel.push(i);
      fanOut.due(channel);
      await vi.waitFor(() => expect(received.map((each) => each.length)).toEqual([i + 1, i + 1]));
    }
  });
});
