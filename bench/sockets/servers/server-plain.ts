import { Server } from 'socket.io';
import type { OpenServer } from './server-under-test.ts';
import { createSyntheticRooms, EVENT, lastOf } from './synthetic-market.ts';

/** What a Socket.IO application does by itself: a room for each, and every update emitted to it. */
export const openPlainServer: OpenServer = (http, rooms) => {
  const io = new Server(http, { transports: ['websocket'], serveClient: false });
  const synthetic = createSyntheticRooms(rooms);
  const { adapter } = io.of('/');
  let deliveries = 0;
  io.on('connection', (socket) => {
    socket.on('join', async (names: string[], acknowledge: (joined: number) => void) => {
      await socket.join(names);
      acknowledge(names.length);
    });
  });
  return {
    publish(group) {
      for (const name of group) {
        const room = synthetic.get(name);
        if (!room) continue;
        room.change();
        deliveries += adapter.rooms.get(name)?.size ?? 0;
        io.to(name).emit(EVENT, room.payload());
      }
    },
    count: () => ({ deliveries, writes: deliveries, missed: 0, cut: 0, last: lastOf(synthetic) }),
  };
};
