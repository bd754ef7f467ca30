import { setTimeout as sleep } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { median } from '../measure/statistics.ts';
import { openBenchPage, startBenchPlatform } from './bench-page.ts';
import { BUSY_CHAIN, BUSY_PAGE, STRIKES } from './chain-updates.ts';

const MINUTE_MS = 60_000;
const SAMPLES = 30;
/** The first samples are of code that is still being loaded and compiled, and of caches that fill. */
const WARM_UP_SHARE = 1 / 3;
const PAGES = ['Overview', 'Open interest', 'Exposure', 'Volatility', 'Charts', 'Chain'] as const;
const PAGE_MS = 1_500;

interface Sample {
  readonly minute: number;
  readonly heapMb: number;
  readonly nodes: number;
  readonly listeners: number;
}

/**
 * A page that is used all the time: a large chain that changes four times a second, between two samples a visit to each
 * page, another expiry and an instant of the past. Each sample is what is left after a forced collection.
 */
export async function measureSoak(minutes: number): Promise<string> {
  const platform = await startBenchPlatform(BUSY_CHAIN);
  try {
    const { page, devtools } = await openBenchPage(platform, 1);
    await page.goto(platform.url + BUSY_PAGE);
    await page.locator('table.chain').waitFor();
    const everyMs = Math.max((minutes * MINUTE_MS) / SAMPLES, 2 * PAGES.length * PAGE_MS);
    const begun = performance.now();
    const samples: Sample[] = [];
    while (performance.now() - begun < minutes * MINUTE_MS) {
      const until = performance.now() + everyMs;
      await useThePage(page);
      await sleep(Math.max(0, until - performance.now()));
      samples.push(await sampleOf(page, devtools, (performance.now() - begun) / MINUTE_MS));
    }
    return report(samples, minutes);
  } finally {
    await platform.close();
  }
}

async function useThePage(page: Page): Promise<void> {
  await page.getByRole('group', { name: 'Expiry' }).locator('button[aria-pressed=false]').first().click();
  await page.keyboard.press(',');
  await sleep(PAGE_MS);
  await page.keyboard.press('l');
  for (const name of PAGES) {
    await page.getByRole('navigation').getByRole('link', { name }).first().click();
    await sleep(PAGE_MS);
  }
}

async function sampleOf(page: Page, devtools: CDPSession, minute: number): Promise<Sample> {
  await page.locator('table.chain').waitFor();
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await devtools.send('Memory.getDOMCounters');
  return { minute, heapMb: usedSize / 1e6, nodes, listeners: jsEventListeners };
}

function report(all: readonly Sample[], minutes: number): string {
  const samples = all.slice(Math.floor(all.length * WARM_UP_SHARE));
  const row = (name: string, unit: string, digits: number, key: Exclude<keyof Sample, 'minute'>) => {
    const values = samples.map((each) => each[key]);
    const slope = slopeOf(samples.map((each) => [each.minute, each[key]]));
    const spread = `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
    return `| ${name} | ${values[0].toFixed(digits)} | ${values.at(-1)?.toFixed(digits)} | ${spread} | ${slope.toFixed(3)} ${unit} |`;
  };
  return [
    `A page used for ${minutes} minutes: ${STRIKES} strikes four times a second; ${all.length} samples after a forced collection, and`,
    'between them a visit to each page, another expiry and an instant of the past. The first third is left out.',
    '',
    '| after a collection | first | last | from, to | slope a minute |',
    '|---|---:|---:|---:|---:|',
    row('heap, MB', 'MB', 1, 'heapMb'),
    row('DOM nodes', 'nodes', 0, 'nodes'),
    row('event listeners', 'listeners', 0, 'listeners'),
    '',
    'Goal: flat. The slope is the median of the slopes between any two samples (Theil-Sen).',
    '',
  ].join('\n');
}

/** Theil-Sen: one sample that is far off does not tilt it. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x, y], i) => points.slice(i + 1).map(([x2, y2]) => (y2 - y) / (x2 - x)));
  return median(slopes);
}
