import { argv } from 'node:process';
import { io, type Socket } from 'socket.io-client';

/**
 * A process of its own with clients that read every price and measure how old each is when it comes, so that a test's
 * own load is not measured. A message from the test asks for the figures since the one before.
 */
const [, , url, count] = argv;
const PRODUCTS = ['NIFTY', 'BTC'];
let ages: number[] = [];
let failures = 0;

async function join(): Promise<Socket> {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  await new Promise((resolve, reject) => {
    socket.once('connected', resolve);
    socket.once('connect_error', reject);
  });
  socket.on('disconnect', () => {
    failures += 1;
  });
  socket.on('price_update', ({ timestamp }: { timestamp: string }) => {
    ages.push(Date.now() - Date.parse(timestamp));
  });
  for (const symbol of PRODUCTS) {
    const response = await socket.emitWithAck('subscribe', { type: 'product', symbol, interval_ms: 0 });
    if (!response.ok) throw new Error(JSON.stringify(response));
  }
  return socket;
}

const sockets = await Promise.all(Array.from({ length: Number(count) }, join));
process.on('message', (message) => {
  if (message === 'stop') {
    for (const socket of sockets) socket.close();
    process.disconnect?.();
    return;
  }
  const sorted = ages.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)];
  process.send?.({ count: sorted.length, p50: at(0.5), p99: at(0.99), failures });
  ages = [];
  failures = 0;
});
process.send?.('ready');
