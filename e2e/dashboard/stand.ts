import { createClient } from '@deltastream/client';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { openBrowser } from '../support/clients/browser.ts';
import { startPlatform, temporaryFolder } from '../support/platform/platform-process.ts';

export interface StandOptions {
  /** Is given the data folder before the platform uses it. */
  readonly prepare?: (data: string) => Promise<unknown>;
  /** The data folder; a temporary one without. */
  readonly data?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A platform with a synthetic past, a browser, and what its pages complained about. */
export async function createStand(settings: readonly string[] = [], options: StandOptions = {}) {
  const folder = options.data === undefined ? temporaryFolder() : { path: options.data, remove: () => {} };
  await options.prepare?.(folder.path);
  const flags = ['--data', folder.path, '--synthetic-history', String(SESSIONS), ...settings];
  let platform = await startPlatform(flags, options.environment);
  const { url } = platform;
  const client = createClient({ baseUrl: url });
  const browser: Browser = await openBrowser();
  const complaints: string[] = [];
  const watch = (page: Page) => {
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  };

  return {
    url,
    client,
    browser,
    /** Everything that the platform printed. */
    printed: (pattern: RegExp) => platform.printed(pattern),
    /** Errors of the console, of scripts and of the content policy, over all pages; a test expects none. */
    complaints,

    /** Opens an address of the dashboard, e.g. `/chain?product=NIFTY`; `prepare` is given the page before. */
    async open(
      address: string,
      viewport = { width: 1440, height: 900 },
      prepare: (page: Page) => Promise<unknown> = async () => {},
    ): Promise<Page> {
      const page = await (await browser.newContext({ viewport })).newPage();
      watch(page);
      await prepare(page);
      await page.goto(url + address);
      return page;
    },

    /** The same in another tab of that page's browser. */
    async openBeside(page: Page, address: string): Promise<Page> {
      const tab = await page.context().newPage();
      watch(tab);
      await tab.goto(url + address);
      return tab;
    },

    /** An instant of the past with a snapshot, and its expiry, which is over now. */
    async pastOf(product: string): Promise<{ at: string; expiry: string }> {
      const isOver = ({ expiry_at }: { expiry_at: string }) => Date.parse(expiry_at) < Date.now();
      const { expiries } = await expect
        .poll(() => client.listExpiries({ product }), { timeout: PAST_TIMEOUT_MS })
        .toSatisfy(({ expiries }) => expiries.some(isOver))
        .then(() => client.listExpiries({ product }));
      const over = expiries.findLast(isOver) as (typeof expiries)[number];
      const { expiry, first_timestamp: first, last_timestamp: last } = over;
      const from = new Date(Date.parse(first) + 0.6 * (Date.parse(last) - Date.parse(first))).toISOString();
      // Some snapshots on, so that it is no opening.
      const { chains } = await client.listChains({ product, expiry, from, limit: 12 });
      return { at: (chains.at(-1) as (typeof chains)[number]).timestamp, expiry };
    },

    stopPlatform: () => platform.stop(),

    /** At the same address, with the same data. */
    async startPlatform(): Promise<void> {
      platform = await startPlatform([...flags, '--port', new URL(url).port], options.environment);
    },

    async close(): Promise<void> {
      await browser.close();
      await platform.stop();
      folder.remove();
    },
  };
}

export type Stand = Awaited<ReturnType<typeof createStand>>;

/** Sessions of the synthetic past: enough for an expiry that is over. */
const SESSIONS = 8;
const PAST_TIMEOUT_MS = 30_000;

/** A panel by its title, once it has something to show. */
export async function panelOf(page: Page, title: string) {
  const panel = page.getByRole('region', { name: title, exact: true });
  await panel.waitFor();
  // A panel off the screen asks for nothing.
  await panel.scrollIntoViewIfNeeded();
  return panel;
}

/** The cells of a panel's table, as the accessibility tree has them, without the head. */
export async function tableOf(page: Page, title: string): Promise<string[][]> {
  const panel = await panelOf(page, title);
  const asTable = panel.getByRole('button', { name: 'As a table' });
  const table = panel.getByRole('table');
  await asTable.or(table).first().waitFor();
  const canChange = (await asTable.count()) > 0;
  if (canChange && (await asTable.getAttribute('aria-pressed')) === 'false') await asTable.click();
  await table.getByRole('row').nth(1).waitFor();
  return table.evaluate(readRows);
}

/**
 * Runs in the page: the cells of each row. Of a long table only the rows that are seen are in the page, each with its
 * place among all, so that it is read from its first to its last.
 */
async function readRows(table: HTMLElement | SVGElement): Promise<string[][]> {
  const count = Number(table.getAttribute('aria-rowcount'));
  const scroller = table.parentElement as HTMLElement;
  const found = new Map<number, string[]>();
  const read = () => {
    [...table.querySelectorAll('tbody tr:not([aria-hidden])')].forEach((row, i) => {
      const cells = [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '');
      found.set(Number(row.getAttribute('aria-rowindex') ?? i), cells);
    });
  };
  read();
  while (count > 0 && found.size < count - 1) {
    const before = scroller.scrollTop;
    // As far as the rows beyond the edge reach.
    scroller.scrollTop += scroller.clientHeight + 20 * 24;
    if (scroller.scrollTop === before) break;
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    read();
  }
  return [...found].sort(([a], [b]) => a - b).map(([, cells]) => cells);
}

/** A number as a western reader sees it, back as a number; a dash is null, and `<0.01` is the middle of what it may be. */
export function numberOf(text: string): number | null {
  if (text.startsWith('–')) return null;
  if (/^[<>]/.test(text)) return (numberOf(text.slice(1)) ?? 0) / 2;
  return Number(text.replaceAll(',', '').replace('−', '-').replace('%', ''));
}
