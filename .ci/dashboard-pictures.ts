import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient, memorySession } from '@deltastream/client';
import type { Page } from 'playwright-core';
import { openBrowser } from '../e2e/support/clients/browser.ts';
import { type Account, createAccount, FAST_PASSWORDS } from '../e2e/support/platform/accounts.ts';
import { startPlatform, temporaryFolder } from '../e2e/support/platform/platform-process.ts';
import { addAlerts, startAlertTargets } from './alert-pictures.ts';

export const PRODUCT = 'NIFTY';
/** Sessions of the past: enough for ranks and forecasts. */
const SESSIONS = 30;
const POLL_MS = 500;
/** Charts are drawn when their figures have come. */
const SETTLE_MS = 3_000;
/** Panels that are still empty then have something to say. */
const LONGEST_LOADING_MS = 20_000;

/**
 * A platform on the synthetic market with its past and with alerts, or with nothing at all, and a browser, in which an
 * administrator is logged in, too.
 */
export async function startForPictures({ empty = false } = {}) {
  const folder = temporaryFolder();
  const market = ['--products', PRODUCT, '--synthetic-history', String(SESSIONS)];
  const account = await createAccount(folder.path, 'admin', 'admin');
  const seen = [...FAST_PASSWORDS, '--trace-sample-rate', '1'];
  const source = empty ? ['--source', 'none'] : market;
  const targets = await startAlertTargets();
  const alerts = ['--alert-targets', targets.addresses.join()];
  const platform = await startPlatform(['--data', folder.path, ...source, ...seen, ...alerts]);
  const browser = await openBrowser();
  const contexts = {
    anybody: await browser.newContext({ reducedMotion: 'reduce' }),
    admin: await browser.newContext({ reducedMotion: 'reduce' }),
  };
  const client = createClient({ baseUrl: platform.url, session: memorySession() });
  await client.login(account);
  await logIn(await contexts.admin.newPage(), platform.url, account);
  let rank = await client.getRank({ product: PRODUCT }).catch(() => null);
  while (!empty && (rank === null || rank.observations < SESSIONS - 5)) {
    await sleep(POLL_MS);
    rank = await client.getRank({ product: PRODUCT }).catch(() => null);
  }
  if (!empty) await addAlerts(platform.url, PRODUCT, targets.addresses);
  return {
    client,
    stopPlatform: () => platform.stop(),

    /** A page as it is once its figures have come. */
    async open(
      address: string,
      width: number,
      height: number,
      reader: keyof typeof contexts = 'anybody',
    ): Promise<Page> {
      const page = await contexts[reader].newPage();
      await page.setViewportSize({ width, height });
      await page.goto(platform.url + address);
      await sleep(SETTLE_MS);
      return page;
    },

    async close(): Promise<void> {
      await browser.close();
      await platform.stop();
      targets.close();
      folder.remove();
    },
  };
}

/** Further pages of its context are those of the account, too. */
async function logIn(page: Page, url: string, { email, password }: Account): Promise<void> {
  await page.goto(`${url}/login?to=/account`);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('link', { name: email }).waitFor();
  await page.close();
}

/** Waits until nothing on the page loads any more, and a while for what is drawn then. */
export async function settle(page: Page): Promise<void> {
  const loading = () => document.querySelector('.skeleton') !== null;
  const until = performance.now() + LONGEST_LOADING_MS;
  while ((await page.evaluate(loading)) && performance.now() < until) await sleep(POLL_MS);
  await sleep(SETTLE_MS / 2);
}

/** Writes a picture of the page in a theme, as WebP. */
export async function takePicture(page: Page, colorScheme: 'light' | 'dark', file: string): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await sleep(POLL_MS);
  mkdirSync(dirname(file), { recursive: true });
  await page.screenshot({ path: file, type: 'webp', quality: 90 });
}

/** A snapshot of two days ago or before, when the nearest expiry then was listed already. */
export async function middleOfSession(client: Client): Promise<string> {
  const { expiries } = await client.listExpiries({ product: PRODUCT });
  const day = new Date(Date.now() - 2 * 86_400_000).toISOString();
  const listed = expiries.find((each) => each.first_timestamp < day && each.expiry_at > day);
  if (listed === undefined) throw new Error(`no expiry of ${PRODUCT} was listed at ${day}`);
  const page = { product: PRODUCT, expiry: listed.expiry, to: day, order: 'desc', limit: 40 } as const;
  const { chains } = await client.listChains(page);
  return (chains.at(-1) as (typeof chains)[number]).timestamp;
}
