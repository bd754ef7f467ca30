import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { createClient, memorySession } from '@deltastream/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser, openBrowser } from '../support/clients/browser.ts';
import { getJson } from '../support/clients/rest.ts';
import { FAST_PASSWORDS } from '../support/platform/accounts.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { untilStored } from '../support/platform/until-stored.ts';

const SOURCES = new URL('../../packages/client/src/', import.meta.url);

/** What the page has of the client. */
type WithClient = { deltastream: { createClient: typeof createClient; memorySession: typeof memorySession } };

/** Serves the client's sources as a browser can run them: without their types, otherwise as they are. */
async function serveSources(): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const [, file] = /^\/([\w-]+\/[\w-]+\.ts)$/.exec(request.url ?? '') ?? [];
    if (file === undefined) return void response.writeHead(404).end();
    const code = stripTypeScriptTypes(readFileSync(new URL(file, SOURCES), 'utf8'));
    response.writeHead(200, { 'content-type': 'text/javascript', 'access-control-allow-origin': '*' });
    response.end(code);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe.runIf(haveBrowser)('the client in a browser', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let sources: Awaited<ReturnType<typeof serveSources>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    platform = await startPlatform(['--data', folder.path, '--ticks-per-second', '10', ...FAST_PASSWORDS]);
    await untilStored(platform.url, ['NIFTY']);
    sources = await serveSources();
    browser = await openBrowser();
    // Only so that modules of another origin may be loaded into the platform's own.
    page = await (await browser.newContext({ bypassCSP: true })).newPage();
    await page.goto(`${platform.url}/livez`);
    await page.addScriptTag({
      type: 'module',
      content: `
        import { createClient } from '${sources.url}/rest/rest-client.ts';
        import { memorySession } from '${sources.url}/rest/session.ts';
        globalThis.deltastream = { createClient, memorySession };`,
    });
    await page.waitForFunction('globalThis.deltastream');
  });
  afterAll(async () => {
    await browser?.close();
    sources?.server.close();
    await platform?.stop();
    folder.remove();
  });

  it('reads chains, pages and tables from the page that it came with', async () => {
    const ticks = `${platform.url}/api/data/underlying/NIFTY`;
    await expect.poll(async () => (await getJson<{ count: number }>(ticks)).count).toBeGreaterThan(5);
    const found = await page.evaluate(async () => {
      const { createClient } = (globalThis as unknown as WithClient).deltastream;
      const client = createClient({ baseUrl: '' });
      const chain = await client.getChain({ product: 'NIFTY' });
      let ticks = 0;
      for await (const tick of client.pages.listTicks({ product: 'NIFTY', limit: 2 })) {
        if (tick.price > 0) ticks += 1;
        if (ticks === 5) break;
      }
      const csv = await client.csv.getMaxPain({ product: 'NIFTY' });
      const missing = await client.getChain({ product: 'NOPE' }).catch((error) => error.code);
      return { strikes: chain.strikes.length, ticks, header: csv.split('\r\n')[0], missing };
    });
    expect(found).toEqual({
      strikes: expect.any(Number),
      ticks: 5,
      header: 'strike,pain',
      missing: 'unknown_product',
    });
    expect(found.strikes).toBeGreaterThan(10);
  });

  it('keeps a session and refreshes it', async () => {
    const found = await page.evaluate(async () => {
      const { createClient, memorySession } = (globalThis as unknown as WithClient).deltastream;
      const session = memorySession();
      const client = createClient({ baseUrl: '', session });
      await client.register({ email: 'browser@example.com', password: 'five words nobody else has' });
      const first = session.get();
      session.set({ token: 'expired', refresh_token: first?.refresh_token ?? '' });
      const emails = await Promise.all([1, 2, 3].map(async () => (await client.getMe()).email));
      return { emails, refreshed: session.get()?.refresh_token !== first?.refresh_token };
    });
    expect(found).toEqual({ emails: Array(3).fill('browser@example.com'), refreshed: true });
  });
});
