import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser, openBrowser } from '../support/clients/browser.ts';
import { type Account, createAccount, FAST_PASSWORDS } from '../support/platform/accounts.ts';
import { serveNextBuild } from '../support/platform/next-build.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { expectAccessible } from './accessibility.ts';
import { panelOf } from './stand.ts';

/** Two minutes of a few strikes. */
const STRIKES = [24_400, 24_500, 24_600];
const RECORDING = [
  'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg',
  ...['202608191158', '202608191159'].flatMap((minute) =>
    STRIKES.flatMap((strike) =>
      ['CE', 'PE'].map((side) => `${minute},25-Aug-2026,${strike},${side},24510,180.5,900,5000,-2`),
    ),
  ),
  '',
].join('\n');

describe.runIf(haveBrowser)('the dashboard of a platform without data', () => {
  const folder = temporaryFolder();
  let account: Account;
  let platform: PlatformProcess;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  const start = (...flags: string[]) =>
    startPlatform(['--data', folder.path, '--source', 'none', ...FAST_PASSWORDS, ...flags]);
  const complaints: string[] = [];

  beforeAll(async () => {
    account = await createAccount(folder.path, 'admin', 'admin');
    platform = await start();
    browser = await openBrowser();
    page = await (await browser.newContext()).newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    folder.remove();
  });

  it('says what can be watched, takes a recording, and shows it when it comes', async () => {
    await page.goto(`${platform.url}/chain`);
    const panel = await panelOf(page, 'Start');
    await panel.getByText('npm start -- --source synthetic').waitFor();
    await expectAccessible(page);
    await panel.getByRole('link', { name: 'log in' }).click();
    await page.getByLabel('Email').fill(account.email);
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await panel
      .getByLabel('Recording on this machine')
      .setInputFiles({ name: 'nifty_day.csv', mimeType: 'text/csv', buffer: Buffer.from(RECORDING) });
    await panel.getByRole('button', { name: 'Upload and import' }).click();
    await panel.getByText('nifty_day.csv is being imported').waitFor();

    await page.getByRole('link', { name: 'Chain' }).click();
    const table = (await panelOf(page, 'Option chain')).getByRole('table');
    await table.getByRole('rowheader', { name: '24,500' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('says that a new version is here, and goes to it when asked to', async () => {
    const proxy = await serveNextBuild(platform.url);
    const other = await (await browser.newContext()).newPage();
    let loads = 0;
    other.on('load', () => loads++);
    await other.goto(`${proxy.url}/chain`);
    const update = () =>
      other.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
    await update();
    proxy.build();
    await update();
    const news = other.getByRole('status').filter({ hasText: 'A new version of the dashboard is here' });
    await news.waitFor();
    expect(loads).toBe(1);
    await news.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(() => loads).toBe(2);
    await other.locator('script[src$="-next.js"]').waitFor({ state: 'attached' });
    await panelOf(other, 'Option chain');
    expect([loads, await news.count()]).toEqual([2, 0]);
    await other.close();
    proxy.close();
  });

  it('opens while the server is away, says so, and comes back by itself', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready);
    const { port } = new URL(platform.url);
    await platform.stop();
    await page.reload();
    const away = page.getByRole('alert').getByText('The server cannot be reached');
    await away.waitFor();
    const kept = await page.evaluate(async () => {
      const caches = await self.caches.keys();
      const requests = await Promise.all(caches.map(async (name) => (await self.caches.open(name)).keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept).toContain('/');
    expect(kept.filter((path) => path !== '/' && !path.startsWith('/assets/'))).toEqual([]);

    platform = await start('--port', port);
    await (await panelOf(page, 'Option chain')).getByRole('rowheader', { name: '24,500' }).waitFor();
    await away.waitFor({ state: 'detached' });
  });
});
