import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@deltastream/client';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { openBrowser } from '../../e2e/support/clients/browser.ts';
import { startPlatform, temporaryFolder } from '../../e2e/support/platform/platform-process.ts';

/** A processor that is so much slower than this one: a notebook of some years ago. */
export const THROTTLED = 4;
export const PRODUCT = 'NIFTY';

const POLL_MS = 200;

export interface BenchPlatform {
  readonly url: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** A platform whose product has chains of several expiries, and a browser. */
export async function startBenchPlatform(flags: readonly string[] = []): Promise<BenchPlatform> {
  const folder = temporaryFolder();
  const platform = await startPlatform(['--data', folder.path, '--synthetic-history', '3', ...flags]);
  const client = createClient({ baseUrl: platform.url });
  for (;;) {
    const listed = await client.listExpiries({ product: PRODUCT }).catch(() => null);
    if ((listed?.count ?? 0) > 1) break;
    await sleep(POLL_MS);
  }
  const browser = await openBrowser();
  return {
    url: platform.url,
    browser,
    async close() {
      await browser.close();
      await platform.stop();
      folder.remove();
    },
  };
}

/** A page with nothing cached, its processor slowed down, not yet at any address. */
export async function openBenchPage(
  { browser }: BenchPlatform,
  throttling: number,
): Promise<{ page: Page; devtools: CDPSession }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttling });
  return { page, devtools };
}

/** The first figure of the chain, which the overview and the page of the chain both show. */
export const FIRST_FIGURE = 'dl.tiles .tile-value';
