import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../measure/statistics.ts';
import { type BenchPlatform, openBenchPage, PRODUCT, startBenchPlatform, THROTTLED } from './bench-page.ts';
import { type FrameWork, readFrames, TRACE_CATEGORIES } from './trace.ts';

export const STRIKES = 200;
const UPDATES_PER_SECOND = 4;
/** A chain of 200 strikes that changes four times a second. */
export const BUSY_CHAIN = [
  ...['--products', PRODUCT, '--synthetic-strikes', String(STRIKES)],
  ...['--synthetic-chain-interval-ms', String(1_000 / UPDATES_PER_SECOND), '--synthetic-expiries', '2'],
];
export const BUSY_PAGE = `/chain?product=${PRODUCT}&strikes=0`;
const TRACED_MS = 20_000;
const WARM_UP_MS = 5_000;

/** Scripts, rendering and forced layouts of the page of a large chain that changes all the time. */
export async function measureChainUpdates(): Promise<string> {
  const platform = await startBenchPlatform(BUSY_CHAIN);
  try {
    const lines: string[] = [];
    for (const throttling of [1, THROTTLED]) {
      const { frames, updates, rows } = await traceUpdates(platform, throttling);
      const pair = (samples: readonly number[]) =>
        `${quantile(samples, 0.5).toFixed(1)} / ${quantile(samples, 0.99).toFixed(1)}`;
      const cells = [
        rows,
        (updates / (TRACED_MS / 1_000)).toFixed(1),
        pair(frames.scriptingMs),
        pair(frames.renderingMs),
        `${((100 * frames.totalScriptingMs) / TRACED_MS).toFixed(1)}%`,
        frames.forcedLayouts,
      ];
      lines.push(`| ${throttling === 1 ? 'as it is' : `${throttling}x throttled`} | ${cells.join(' | ')} |`);
    }
    return [
      `All ${STRIKES} strikes on the page of the chain, ${UPDATES_PER_SECOND} updates a second, traced for ${TRACED_MS / 1_000} s. A frame is what lies`,
      'between two commits of the main thread; frames without script are left out. Forced: layouts that a script waited for.',
      '',
      '| processor | rows in the page | updates/s shown | scripting a frame, p50 / p99 ms | rendering a frame, p50 / p99 ms | main thread in scripts | forced layouts |',
      '|---|---:|---:|---:|---:|---:|---:|',
      ...lines,
      '',
      'Goal: scripting p99 < 8 ms a frame as it is, no forced layout.',
      '',
    ].join('\n');
  } finally {
    await platform.close();
  }
}

async function traceUpdates(
  platform: BenchPlatform,
  throttling: number,
): Promise<{ frames: FrameWork; updates: number; rows: number }> {
  const { page } = await openBenchPage(platform, throttling);
  await page.goto(platform.url + BUSY_PAGE);
  const rows = page.locator('table.chain tbody tr');
  await rows.first().waitFor();
  await sleep(WARM_UP_MS);
  await page.evaluate(countUpdates);
  await platform.browser.startTracing(page, { categories: TRACE_CATEGORIES });
  await sleep(TRACED_MS);
  const trace = JSON.parse((await platform.browser.stopTracing()).toString());
  const updates = await page.evaluate(() => (globalThis as unknown as { updates: number }).updates);
  const shown = await rows.count();
  await page.context().close();
  return { frames: readFrames(trace.traceEvents), updates, rows: shown };
}

/** Runs in the page: counts the snapshots that were shown, by the time of the panel. */
function countUpdates(): void {
  const counted = globalThis as unknown as { updates: number };
  counted.updates = 0;
  const time = document.querySelector('.panel:has(table.chain) .panel-head time') as Element;
  new MutationObserver(() => (counted.updates += 1)).observe(time, { attributeFilter: ['datetime'] });
}
