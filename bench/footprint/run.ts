import { execFileSync } from 'node:child_process';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPlatform, temporaryFolder } from '../../e2e/support/platform/platform-process.ts';
import { median } from '../measure/statistics.ts';
import { cpuSeconds, memoryOf } from './memory.ts';
import { measureServices, startRepeatedly } from './services.ts';
import { measurePast } from './synthetic-past.ts';

/**
 * Memory, processor time and start of the platform in one process and of each service in its own, from /proc. What is
 * started is started by itself; what is idle then settles beside the others.
 */
const PRODUCTS = 'NIFTY,BANKNIFTY,FINNIFTY,SENSEX,AAPL,SPY,BTC,ETH';
const SETTLE_MS = 15_000;
const ROUND_MS = 5_000;
const ROUNDS = 3;

prepareAsInstalled();
const { startMs, idle, live } = await measureEmbedded();
const past = await measurePast();
const services = await measureServices(SETTLE_MS);

process.stdout.write(
  [
    `After ${SETTLE_MS / 1000} s, ${ROUNDS} rounds of ${ROUND_MS / 1000} s; memory is the largest reading, processor time the median.`,
    '',
    '| platform | RSS MB | % of one core |',
    '|---|---|---|',
    `| idle: all services, no feed | ${idle.rss.toFixed(0)} | ${idle.cpuPercent.toFixed(1)} |`,
    `| 8 synthetic products, 1 tick/s each, 3 expiries each | ${live.rss.toFixed(0)} | ${live.cpuPercent.toFixed(1)} |`,
    `| a first start, while the past of its 7 products is written (${past.seconds.toFixed(0)} s) | ${past.peak.toFixed(0)} | |`,
    `| the same a minute later, its market live | ${past.later.toFixed(0)} | |`,
    '',
    `From its start until it says that it works the one process takes ${startMs.toFixed(0)} ms. Idle processes on Redis and`,
    'SQLite with the environment of the image, all running:',
    '',
    '| process | ms to ready | RSS MB | PSS MB |',
    '|---|---:|---:|---:|',
    ...services,
    '',
    'Goal: embedded below 160 MB idle and 10%, 220 MB a minute after a past, started in 1.2 s; the nine together below 560 MB.',
    '',
  ].join('\n'),
);

/** Makes the bundles and the compile cache that an install makes; without them every process is larger and slower. */
function prepareAsInstalled(): void {
  for (const script of ['bundle-typebox.mjs', 'bundle-server.mjs', 'warm-up.mjs']) {
    execFileSync(execPath, [fileURLToPath(new URL(`../../packages/server/bin/${script}`, import.meta.url))]);
  }
}

async function measureEmbedded() {
  const folders = [temporaryFolder(), temporaryFolder()];
  const [forIdle, forLive] = folders.map(({ path }) => ['--data', path]);
  const { platform, ms } = await startRepeatedly([...forIdle, '--source', 'none']);
  const busy = await startPlatform([...forLive, '--products', PRODUCTS, '--ticks-per-second', '1']);
  await sleep(SETTLE_MS);
  const [idle, live] = await Promise.all([platform, busy].map(({ pid }) => loadOf(pid)));
  await Promise.all([platform.stop(), busy.stop()]);
  for (const folder of folders) folder.remove();
  return { startMs: ms, idle, live };
}

async function loadOf(pid: number): Promise<{ rss: number; cpuPercent: number }> {
  const percents: number[] = [];
  let rss = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = cpuSeconds(pid);
    await sleep(ROUND_MS);
    percents.push(((cpuSeconds(pid) - before) / ROUND_MS) * 100_000);
    rss = Math.max(rss, memoryOf(pid).rss);
  }
  return { rss, cpuPercent: median(percents) };
}
