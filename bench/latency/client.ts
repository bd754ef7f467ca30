import { argv, exit, hrtime, stdout } from 'node:process';
import { io } from 'socket.io-client';

/**
 * Counts the time from the microsecond that a message carries as its price (the monotonic clock, which
 * processes of one machine share) to its arrival. Prints one JSON line and ends.
 */
const [url, products, warmUpMs, measureMs] = argv.slice(2);
const samples: number[] = [];
let measuring = false;

const socket = io(url, { transports: ['websocket'] });
socket.on('price_update', ({ price }: { price: number }) => {
  if (measuring) samples.push(Number(hrtime.bigint() / 1000n) - price);
});
socket.on('connect', async () => {
  for (const symbol of products.split(',')) {
    await socket.emitWithAck('subscribe', { type: 'product', symbol, interval_ms: 0 });
  }
  setTimeout(() => {
    measuring = true;
  }, Number(warmUpMs));
  setTimeout(() => {
    stdout.write(`${JSON.stringify(samples)}\n`);
    socket.close();
    exit(0);
  }, Number(warmUpMs) + Number(measureMs));
});
