import { Server } from 'socket.io';
import { createSlowConsumers } from '../../../packages/server/src/services/socket-gateway/connections/slow-consumers.ts';
import { trackUpgradeRequests } from '../../../packages/server/src/services/socket-gateway/connections/upgrade-requests.ts';
import { createFanOut } from '../../../packages/server/src/services/socket-gateway/fan-out/create-fan-out.ts';
import { SOCKET_GATEWAY_DEFAULTS } from '../../../packages/server/src/services/socket-gateway/settings.ts';
import type { OpenServer } from './server-under-test.ts';
import { createSyntheticRooms, lastOf } from './synthetic-market.ts';

/** The gateway's fan-out on Socket.IO, without anything else of the gateway. */
export const openFanOutServer: OpenServer = (http, rooms) => {
  const io = new Server(http, { transports: ['websocket'], serveClient: false });
  const synthetic = createSyntheticRooms(rooms);
  const requests = trackUpgradeRequests(io.engine);
  let cut = 0;
  const slowConsumers = createSlowConsumers(SOCKET_GATEWAY_DEFAULTS, {
    onDelivery: () => {},
    onCut: () => {
      cut += 1;
    },
  });
  io.engine.on('connection', slowConsumers.watch);
  const fanOut = createFanOut(slowConsumers);
  io.on('connection', (socket) => {
    requests.release(socket);
    socket.on('join', (names: string[], acknowledge: (joined: number) => void) => {
      for (const name of names) {
        const room = synthetic.get(name);
        if (room) fanOut.join(socket, room.channel);
      }
      acknowledge(names.length);
    });
  });
  return {
    publish(group) {
      for (const name of group) {
        const room = synthetic.get(name);
        if (!room) continue;
        room.change();
        fanOut.due(room.channel);
      }
    },
    count() {
      const { deliveries, writes, packets, missed } = fanOut.stats();
      return { deliveries, writes: writes + packets, missed, cut, last: lastOf(synthetic) };
    },
  };
};
