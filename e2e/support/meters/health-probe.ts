import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { argv } from 'node:process';

/**
 * A process of its own that asks for an address again and again, so that a test's own load is not measured; and
 * each time a bare server of its own too, so that what the machine does to everybody can be told apart.
 */
const [, , url] = argv;
const PAUSE_MS = 10;
const agent = new Agent({ keepAlive: true });
const bare = createServer((_request, response) => response.end('{}'));
await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
const bareUrl = `http://127.0.0.1:${(bare.address() as AddressInfo).port}/`;
let failures = 0;
let asked = true;

const timeOf = (address: string): Promise<number> =>
  new Promise((resolve) => {
    const begun = performance.now();
    get(address, { agent }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        if (answer.statusCode !== 200) failures += 1;
        resolve(performance.now() - begun);
      });
    }).on('error', () => {
      failures += 1;
      resolve(performance.now() - begun);
    });
  });

process.on('message', () => {
  asked = false;
});
await Promise.all([timeOf(url), timeOf(bareUrl)]);
process.send?.('ready');
const times: number[] = [];
const bareTimes: number[] = [];
while (asked) {
  times.push(await timeOf(url));
  bareTimes.push(await timeOf(bareUrl));
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
const at = (list: readonly number[], share: number): number => {
  const sorted = list.toSorted((a, b) => a - b);
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1));
};
process.send?.({
  count: times.length,
  failures,
  p50: at(times, 0.5),
  p99: at(times, 0.99),
  max: at(times, 1),
  bareP99: at(bareTimes, 0.99),
});
process.disconnect?.();
agent.destroy();
bare.close();
