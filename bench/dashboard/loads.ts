import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../measure/statistics.ts';
import {
  type BenchPlatform,
  FIRST_FIGURE,
  openBenchPage,
  PRODUCT,
  startBenchPlatform,
  THROTTLED,
} from './bench-page.ts';

const ROUNDS = 5;
const ADDRESSES = [`/chain?product=${PRODUCT}`, `/?product=${PRODUCT}`] as const;
/** Chunks of the two chart libraries, by the names that the build gives them. */
const CHARTS = /\/(?:chart|series-chart)-[\w-]+\.js$/;
/** What a page still loads after its first figure: panels below it. */
const SETTLE_MS = 2_000;

interface Load {
  readonly interactiveMs: number;
  readonly blockedMs: number;
  /** Addresses of the scripts that it loaded. */
  readonly scripts: readonly string[];
}

/** First load with nothing cached: until the first figure of the chain is painted, and the bytes of JavaScript. */
export async function measureLoads(): Promise<string> {
  const platform = await startBenchPlatform();
  try {
    const lines: string[] = [];
    for (const address of ADDRESSES) {
      const [free, slow]: [Load[], Load[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        free.push(await load(platform, address, 1));
        slow.push(await load(platform, address, THROTTLED));
      }
      const scripts = free[0].scripts.filter((script) => !CHARTS.test(script));
      const charts = free[0].scripts.filter((script) => CHARTS.test(script));
      const ms = (loads: readonly Load[], key: 'interactiveMs' | 'blockedMs') =>
        median(loads.map((each) => each[key])).toFixed(0);
      const cells = [
        await kilobytes(scripts),
        await kilobytes(charts),
        ms(free, 'interactiveMs'),
        ms(slow, 'interactiveMs'),
        ms(slow, 'blockedMs'),
      ];
      lines.push(`| \`${address}\` | ${cells.join(' | ')} |`);
    }
    return [
      `First load, nothing cached, medians of ${ROUNDS} interleaved rounds; "interactive" is from the navigation until the`,
      'first figure of the chain is painted, "blocked" the part of long tasks beyond 50 ms. JavaScript as the gateway sends it with gzip.',
      '',
      `| page | JS before charts, KB | charts, KB | interactive, ms | the same, ${THROTTLED}x throttled, ms | blocked, ${THROTTLED}x, ms |`,
      '|---|---:|---:|---:|---:|---:|',
      ...lines,
      '',
      'Goal: 200 KB before charts; interactive within 1,000 ms on the machine itself, not throttled.',
      '',
    ].join('\n');
  } finally {
    await platform.close();
  }
}

async function load(platform: BenchPlatform, address: string, throttling: number): Promise<Load> {
  const { page } = await openBenchPage(platform, throttling);
  await page.addInitScript(observeLoad, FIRST_FIGURE);
  await page.goto(platform.url + address, { waitUntil: 'commit' });
  const timings = await page.waitForFunction(() => (globalThis as unknown as Observed).firstFigureMs);
  const interactiveMs = (await timings.jsonValue()) as number;
  await sleep(SETTLE_MS);
  const { blockedMs, scripts } = await page.evaluate(() => ({
    blockedMs: (globalThis as unknown as Observed).blockedMs,
    scripts: performance
      .getEntriesByType('resource')
      .map(({ name }) => name)
      .filter((name) => name.endsWith('.js')),
  }));
  await page.context().close();
  return { interactiveMs, blockedMs, scripts };
}

interface Observed {
  firstFigureMs: number | undefined;
  blockedMs: number;
}

/** Runs in the page before anything of it. */
function observeLoad(selector: string): void {
  const observed = globalThis as unknown as Observed;
  observed.blockedMs = 0;
  new PerformanceObserver((tasks) => {
    for (const { duration, startTime } of tasks.getEntries())
      if (observed.firstFigureMs === undefined || startTime < observed.firstFigureMs)
        observed.blockedMs += Math.max(0, duration - 50);
  }).observe({ type: 'longtask', buffered: true });
  const seen = new MutationObserver(() => {
    if (!document.querySelector(selector)?.textContent) return;
    seen.disconnect();
    // The frame that paints it, and the task after that frame.
    requestAnimationFrame(() => setTimeout(() => (observed.firstFigureMs = performance.now())));
  });
  seen.observe(document, { subtree: true, childList: true, characterData: true });
}

async function kilobytes(addresses: readonly string[]): Promise<string> {
  const sizes = await Promise.all(addresses.map(gzipBytes));
  return (sizes.reduce((sum, each) => sum + each, 0) / 1_000).toFixed(0);
}

/** Bytes of a body as they cross the network. */
function gzipBytes(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(address, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 && response.headers['content-encoding'] === 'gzip'
          ? resolve(bytes)
          : reject(new Error(`${address}: ${response.statusCode} ${response.headers['content-encoding']}`)),
      );
    }).on('error', reject);
  });
}
