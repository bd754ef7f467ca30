import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPlatform, temporaryFolder } from '../../e2e/support/platform/platform-process.ts';
import { median } from '../statistics.ts';

/** Memory and processor time of the whole platform in one process, read from /proc. */
const PRODUCTS = 'NIFTY,BANKNIFTY,FINNIFTY,SENSEX,AAPL,SPY,BTC,ETH';
const SETTLE_MS = 15_000;
const ROUND_MS = 10_000;
const ROUNDS = 5;
const CLOCK_TICKS_PER_SECOND = 100;

const idle = await measure(['--source', 'none']);
const live = await measure(['--products', PRODUCTS, '--ticks-per-second', '1']);
const megabytes = (kilobytes: number) => (kilobytes / 1024).toFixed(0);

process.stdout.write(
  [
    `After ${SETTLE_MS / 1000} s, ${ROUNDS} rounds of ${ROUND_MS / 1000} s; memory is the largest reading, processor time the median.`,
    '',
    '| platform | RSS MB | % of one core |',
    '|---|---|---|',
    `| idle: all services, no feed | ${megabytes(idle.rssKilobytes)} | ${idle.cpuPercent.toFixed(1)} |`,
    `| 8 synthetic products, 1 tick/s each, 3 expiries each | ${megabytes(live.rssKilobytes)} | ${live.cpuPercent.toFixed(1)} |`,
    '',
    'Goal: below 200 MB, below 10%.',
    '',
  ].join('\n'),
);

async function measure(flags: readonly string[]): Promise<{ rssKilobytes: number; cpuPercent: number }> {
  const folder = temporaryFolder();
  const platform = await startPlatform(['--data', folder.path, ...flags]);
  await sleep(SETTLE_MS);
  const percents: number[] = [];
  let rssKilobytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = cpuSeconds(platform.pid);
    await sleep(ROUND_MS);
    percents.push(((cpuSeconds(platform.pid) - before) / ROUND_MS) * 100_000);
    rssKilobytes = Math.max(rssKilobytes, residentKilobytes(platform.pid));
  }
  await platform.stop();
  folder.remove();
  return { rssKilobytes, cpuPercent: median(percents) };
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function residentKilobytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
