import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { quantile } from '../measure/statistics.ts';
import { FIRST_FIGURE, openBenchPage, PRODUCT, startBenchPlatform, THROTTLED } from './bench-page.ts';

const TURNS = 20;
/** Between two inputs: what the one before started is over. */
const PAUSE_MS = 300;
/** Event Timing reports nothing shorter. */
const LEAST_EVENT_MS = 16;

/** What is looked at: the element whose text, or attribute, is another one once the result is on the screen. */
interface Shown {
  readonly selector: string;
  readonly attribute?: string;
}

interface Interaction {
  readonly name: string;
  readonly act: (page: Page) => Promise<unknown>;
  readonly shown: Shown;
  /** Back to where the next turn begins. */
  readonly reset?: (page: Page) => Promise<unknown>;
}

const chip = (page: Page) =>
  page.getByRole('group', { name: 'Expiry' }).locator('button[aria-pressed=false]').first();
const INTERACTIONS: readonly Interaction[] = [
  {
    name: 'open the command palette',
    act: (page) => page.keyboard.press('Control+k'),
    shown: { selector: 'dialog [role=option]' },
    reset: (page) => page.keyboard.press('Escape'),
  },
  { name: 'switch expiry', act: (page) => chip(page).click(), shown: { selector: 'table.chain caption' } },
  {
    name: 'switch page, to exposure and back',
    act: async (page) => {
      const to = page.url().includes('/chain') ? 'Exposure' : 'Chain';
      await page.getByRole('navigation').getByRole('link', { name: to }).click();
    },
    shown: { selector: '.panel-grid h2' },
  },
  {
    name: 'a snapshot back, all panels',
    act: (page) => page.keyboard.press(','),
    shown: { selector: '.panel time', attribute: 'datetime' },
  },
];

/** From an input to the next paint, as Event Timing has it, and to the paint that shows its result. */
export async function measureInteractions(): Promise<string> {
  const platform = await startBenchPlatform();
  try {
    const { page } = await openBenchPage(platform, THROTTLED);
    await page.goto(`${platform.url}/chain?product=${PRODUCT}`);
    await page.locator(FIRST_FIGURE).first().waitFor();
    await page.locator('table.chain').waitFor();
    await sleep(PAUSE_MS);
    const lines: string[] = [];
    for (const interaction of INTERACTIONS) {
      const turns: Turn[] = [];
      // The first loads what is loaded on demand.
      for (let turn = -1; turn < TURNS; turn++) {
        const measured = await oneTurn(page, interaction);
        if (turn >= 0) turns.push(measured);
      }
      const pair = (key: keyof Turn) => {
        const samples = turns.map((each) => each[key]);
        return `${quantile(samples, 0.5).toFixed(0)} / ${quantile(samples, 0.99).toFixed(0)}`;
      };
      lines.push(`| ${interaction.name} | ${pair('nextPaintMs')} | ${pair('resultMs')} |`);
    }
    return [
      `${TURNS} turns of each on a live page, ${THROTTLED}x throttled. Next paint by Event Timing, in steps of 8 ms from ${LEAST_EVENT_MS} ms on;`,
      'result: the frame that shows what was asked for, requests to the platform included.',
      '',
      '| input | to the next paint, p50 / p99 ms | to its result, p50 / p99 ms |',
      '|---|---:|---:|',
      ...lines,
      '',
      'Goal: 200 ms to the next paint (a good INP), throttled.',
      '',
    ].join('\n');
  } finally {
    await platform.close();
  }
}

interface Turn {
  readonly nextPaintMs: number;
  readonly resultMs: number;
}

async function oneTurn(page: Page, { act, shown, reset }: Interaction): Promise<Turn> {
  await page.evaluate(beginTurn, shown);
  await act(page);
  const resultMs = await page.evaluate(() => (globalThis as unknown as Observed).result);
  await sleep(PAUSE_MS);
  const nextPaintMs = await page.evaluate(() => (globalThis as unknown as Observed).endTurn());
  await reset?.(page);
  await sleep(PAUSE_MS);
  return { nextPaintMs: Math.max(LEAST_EVENT_MS, nextPaintMs), resultMs };
}

interface Observed {
  result: Promise<number>;
  endTurn: () => number;
}

/** Runs in the page: from the next input on, frame by frame, until what is shown is another. */
function beginTurn({ selector, attribute }: Shown): void {
  const read = () => {
    const element = document.querySelector(selector);
    if (element === null) return null;
    return attribute === undefined ? element.textContent : element.getAttribute(attribute);
  };
  const before = read();
  let begun = 0;
  let longest = 0;
  const events = new PerformanceObserver((list) => {
    for (const { duration, startTime } of list.getEntries())
      if (begun > 0 && startTime >= begun - 1) longest = Math.max(longest, duration);
  });
  events.observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
  const input = ({ timeStamp }: Event) => {
    begun ||= timeStamp;
  };
  const inputs = ['keydown', 'pointerdown'] as const;
  for (const type of inputs) addEventListener(type, input, { capture: true });
  const observed = globalThis as unknown as Observed;
  const latest = performance.now() + 10_000;
  observed.result = new Promise((resolve, reject) => {
    const look = (frame: number) => {
      if (frame > latest) return reject(new Error(`nothing else came to be at ${selector}`));
      const now = read();
      if (begun === 0 || now === null || now === before) return void requestAnimationFrame(look);
      // The frame in which it was drawn is painted before the next one begins.
      requestAnimationFrame((painted) => resolve(painted - begun));
    };
    requestAnimationFrame(look);
  });
  observed.endTurn = () => {
    events.disconnect();
    for (const type of inputs) removeEventListener(type, input, { capture: true });
    return longest;
  };
}
