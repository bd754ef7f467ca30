import { setTimeout as sleep } from 'node:timers/promises';
import { startPlatform, temporaryFolder } from '../../e2e/support/platform/platform-process.ts';
import { median } from '../statistics.ts';
import { cpuSeconds, memoryOf } from './memory.ts';
import { measureAlone, measureServices, startedIn } from './services.ts';

/** Memory, processor time and start of the platform in one process and of each service in its own, from /proc. */
const PRODUCTS = 'NIFTY,BANKNIFTY,FINNIFTY,SENSEX,AAPL,SPY,BTC,ETH';
const SETTLE_MS = 15_000;
const ROUND_MS = 10_000;
const ROUNDS = 5;

const idle = await measureLoad(['--source', 'none']);
const live = await measureLoad(['--products', PRODUCTS, '--ticks-per-second', '1']);
const embedded = await measureEmbedded();
const services = await measureServices(SETTLE_MS);

process.stdout.write(
  [
    `After ${SETTLE_MS / 1000} s, ${ROUNDS} rounds of ${ROUND_MS / 1000} s; memory is the largest reading, processor time the median.`,
    '',
    '| platform | RSS MB | % of one core |',
    '|---|---|---|',
    `| idle: all services, no feed | ${idle.rss.toFixed(0)} | ${idle.cpuPercent.toFixed(1)} |`,
    `| 8 synthetic products, 1 tick/s each, 3 expiries each | ${live.rss.toFixed(0)} | ${live.cpuPercent.toFixed(1)} |`,
    '',
    'Idle processes on Redis and SQLite, from the start of the process until it says that it works:',
    '',
    '| process | ms to ready | RSS MB | PSS MB | PSS MB beside the others |',
    '|---|---:|---:|---:|---:|',
    `| embedded | ${embedded} | |`,
    ...services,
    '',
    'Goal: embedded below 160 MB idle and 10%, started in 1.2 s; the nine together below 560 MB.',
    '',
  ].join('\n'),
);

async function measureEmbedded(): Promise<string> {
  const folder = temporaryFolder();
  const columns = await measureAlone(() => startedIn(['--data', folder.path, '--source', 'none']), SETTLE_MS);
  folder.remove();
  return columns;
}

async function measureLoad(flags: readonly string[]): Promise<{ rss: number; cpuPercent: number }> {
  const folder = temporaryFolder();
  const platform = await startPlatform(['--data', folder.path, ...flags]);
  await sleep(SETTLE_MS);
  const percents: number[] = [];
  let rss = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = cpuSeconds(platform.pid);
    await sleep(ROUND_MS);
    percents.push(((cpuSeconds(platform.pid) - before) / ROUND_MS) * 100_000);
    rss = Math.max(rss, memoryOf(platform.pid).rss);
  }
  await platform.stop();
  folder.remove();
  return { rss, cpuPercent: median(percents) };
}
