import { argv, exit, hrtime, stdout } from 'node:process';
import { io } from 'socket.io-client';

/**
 * Notes when each alert of the account arrives, in microseconds of the monotonic clock, which processes of one machine
 * share. Says that it is in the room, and after its time prints `[product, instant of the data, us]` of each, and ends.
 */
const [url, forMs] = argv.slice(2);
const arrived: [string | null, string, number][] = [];

const socket = io(url, { transports: ['websocket'] });
socket.on('alert_fired', ({ product, at }: { product: string | null; at: string }) => {
  arrived.push([product, at, Number(hrtime.bigint() / 1000n)]);
});
socket.on('connect', async () => {
  const joined = (await socket.emitWithAck('subscribe', { type: 'own_alerts' })) as { ok: boolean };
  if (!joined.ok) throw new Error(JSON.stringify(joined));
  stdout.write('joined\n');
  setTimeout(() => {
    stdout.write(`${JSON.stringify(arrived)}\n`, () => exit(0));
    socket.close();
  }, Number(forMs));
});
