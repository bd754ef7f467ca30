import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { haveBrowser } from '../support/clients/browser.ts';
import { temporaryFolder } from '../support/platform/platform-process.ts';
import { mountSmallDisk } from '../support/platform/small-disk.ts';
import { createStand, panelOf, type Stand } from './stand.ts';

/** An exchange that never closes, and an expiry every day. */
const PRODUCT = 'BTC';
const CLOCK = new URL('../support/platform/stepping-clock.ts', import.meta.url).href;
/** Before the expiry passes: so that the page is open and its figures move. */
const BEFORE_EXPIRY_MS = 8_000;
/** Of a mobile network: a round trip in milliseconds, bytes a second. */
const SLOW = { offline: false, latency: 600, downloadThroughput: 250_000, uploadThroughput: 100_000 };

/** In CI a disk that cannot be mounted is a failure; at a desk the test says that it is skipped. */
const disk = haveBrowser ? mountSmallDisk(16) : null;
const haveDisk = disk !== null || process.env.CI !== undefined;
if (!haveDisk) process.stdout.write('Skipped: full disk (mounting a tmpfs is not permitted to this user).\n');

/** The browser itself writes these while the server is away; nothing of the page is among them. */
const OF_THE_BROWSER = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;

describe.runIf(haveBrowser)('the dashboard while something goes wrong', () => {
  const clock = temporaryFolder();
  const offset = join(clock.path, 'offset');
  let stand: Stand;

  beforeAll(async () => {
    writeFileSync(offset, '0');
    stand = await createStand(['--products', PRODUCT, '--synthetic-history', '0'], {
      data: disk?.folder,
      environment: { NODE_OPTIONS: `--import=${CLOCK}`, DELTASTREAM_CLOCK_OFFSET_FILE: offset },
    });
    await vi.waitFor(async () => {
      const { count } = await stand.client.listExpiries({ product: PRODUCT });
      expect(count).toBeGreaterThan(1);
    });
  });

  afterAll(async () => {
    await stand?.close();
    disk?.remove();
    clock.remove();
  });

  afterEach(() => expect(stand.complaints).toEqual([]));

  const label = (page: Page) => page.getByRole('banner').getByRole('status');
  const spot = (page: Page) => page.locator('.spot').textContent();
  const goesOn = async (page: Page) => {
    await expect.poll(() => label(page).textContent()).toBe('Live');
    const before = await spot(page);
    await expect.poll(() => spot(page)).not.toBe(before);
  };

  it('shows skeletons on a slow network, then figures, and no error meanwhile', async () => {
    const page = await stand.open(`/chain?product=${PRODUCT}`, undefined, async (opened) => {
      const devtools = await opened.context().newCDPSession(opened);
      await devtools.send('Network.emulateNetworkConditions', SLOW);
      await opened.addInitScript(noteStates);
    });
    await page.locator('table.chain').waitFor();
    await goesOn(page);
    const { skeletons, alerts } = await page.evaluate(() => {
      const noted = globalThis as unknown as Noted;
      return { skeletons: noted.skeletons, alerts: noted.alerts };
    });
    expect(skeletons).toBeGreaterThan(0);
    expect(alerts).toEqual([]);
    await page.close();
  });

  it.runIf(haveDisk)('says that the disk is full while figures go on, until there is space', async () => {
    if (disk === null) throw new Error('a tmpfs cannot be mounted here; run as root');
    const page = await stand.open(`/chain?product=${PRODUCT}`);
    await goesOn(page);
    const banners = async () => (await page.locator('.banner').allTextContents()).join(' ');
    const filling = setInterval(disk.fill, 100);
    try {
      // Why is for administrators: a reason may tell of paths.
      await expect.poll(banners).toMatch(/storage is not ready: market_store since/);
      expect(await banners()).toContain('not stored meanwhile');
      expect(await banners()).not.toContain(disk.folder);
      await goesOn(page);
    } finally {
      clearInterval(filling);
      disk.free();
    }
    await expect.poll(banners).toBe('');
    await page.close();
  });

  it('says that the server is away, and goes on when it is back, in two tabs without a reload', async () => {
    const page = await stand.open(`/chain?product=${PRODUCT}`);
    const tabs = [page, await stand.openBeside(page, `/?product=${PRODUCT}`)];
    for (const tab of tabs) {
      await goesOn(tab);
      await tab.evaluate(() => Object.assign(globalThis, { opened: true }));
    }
    const shown = (tab: Page) => tab.locator('dl.tiles').textContent();
    await stand.stopPlatform();
    for (const tab of tabs) {
      await tab.getByRole('alert').getByText('The server cannot be reached').waitFor({ timeout: 5_000 });
      // The last known figures stay.
      expect(await shown(tab)).toMatch(/\d/);
    }
    await page.evaluate(noteLiveTimes);
    const back = Date.now();
    await stand.startPlatform();
    for (const tab of tabs) {
      await goesOn(tab);
      await expect.poll(() => tab.getByRole('alert').count()).toBe(0);
      expect(await tab.evaluate(() => 'opened' in globalThis)).toBe(true);
    }
    const panel = await panelOf(page, 'Option chain');
    const time = async () =>
      Date.parse((await panel.getByText('as of').locator('time').getAttribute('datetime')) ?? '');
    await expect.poll(time).toBeGreaterThan(Date.now() - 5_000);
    // Nothing that the server said before is shown as what it says now.
    const times = await page.evaluate(() => (globalThis as unknown as { liveTimes: string[] }).liveTimes);
    expect(times.filter((iso) => Date.parse(iso) < back)).toEqual([]);
    expect(times.length).toBeGreaterThan(0);
    const own = stand.complaints.filter((text) => !OF_THE_BROWSER.test(text));
    stand.complaints.length = 0;
    expect(own).toEqual([]);
    await page.context().close();
  });

  it('says that an expiry passed while it was open, shows nothing else under its name, and offers the next', async () => {
    const { expiries } = await stand.client.listExpiries({ product: PRODUCT });
    const [ending, next] = expiries.filter(({ expiry_at }) => Date.parse(expiry_at) > Date.now());
    const expiryAt = Date.parse(ending.expiry_at);
    const aheadMs = expiryAt - BEFORE_EXPIRY_MS - Date.now();
    writeFileSync(offset, String(aheadMs));
    const address = `/chain?product=${PRODUCT}&expiry=${ending.expiry}`;
    const page = await stand.open(address, undefined, (opened) => opened.addInitScript(shiftClock, aheadMs));
    const panel = page.getByRole('region', { name: 'Option chain' });
    const time = async () =>
      Date.parse((await panel.getByText('as of').locator('time').getAttribute('datetime')) ?? '');
    await expect.poll(time).toBeGreaterThan(expiryAt - BEFORE_EXPIRY_MS);
    await page.evaluate(noteCaptions);

    const said = page.getByRole('region', { name: 'Not here' });
    await said.waitFor();
    expect(await said.textContent()).toContain(`${PRODUCT} ${ending.expiry} is not listed any more`);
    const captions = await page.evaluate(() => (globalThis as unknown as { captions: string[] }).captions);
    expect(captions).toHaveLength(1);
    expect(await panel.count()).toBe(0);
    expect(page.url()).toContain(ending.expiry);

    await said.getByRole('navigation', { name: 'Expiries that are' }).getByRole('link').first().click();
    await expect.poll(() => new URL(page.url()).searchParams.get('expiry')).toBe(next.expiry);
    await expect.poll(time).toBeGreaterThan(expiryAt);
    await goesOn(page);
    await page.close();
  });
});

interface Noted {
  skeletons: number;
  alerts: string[];
}

/** Runs in the page before anything of it: what was on the screen at any time. */
function noteStates(): void {
  const noted = globalThis as unknown as Noted;
  noted.skeletons = 0;
  noted.alerts = [];
  new MutationObserver(() => {
    noted.skeletons += document.querySelectorAll('.skeleton').length;
    for (const alert of document.querySelectorAll('[role=alert]')) noted.alerts.push(alert.textContent ?? '');
  }).observe(document, { subtree: true, childList: true });
}

/** Runs in the page: of which instants the chain is shown as live from now on. */
function noteLiveTimes(): void {
  const times = new Set<string>();
  const look = () => {
    const head = document.querySelector('.panel-head:has(.provenance)');
    const statuses = [...document.querySelectorAll('[role=status]')];
    const isLive = statuses.some((each) => each.textContent === 'Live');
    const time = head?.querySelector('time');
    if (time && isLive && !head?.querySelector('.flag')) times.add(time.dateTime);
    Object.assign(globalThis, { liveTimes: [...times] });
  };
  look();
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
}

/** Runs in the page: the chains that it shows from now on, by their captions. */
function noteCaptions(): void {
  const captions = new Set<string>();
  const look = () => {
    const text = document.querySelector('table.chain caption')?.textContent;
    if (text) captions.add(text);
    Object.assign(globalThis, { captions: [...captions] });
  };
  look();
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Runs in the page before anything of it: the reader's clock goes with that of the platform. */
function shiftClock(aheadMs: number): void {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(RealDate.now() + aheadMs);
      else super(...(given as [number]));
    }
    static override now(): number {
      return RealDate.now() + aheadMs;
    }
  } as DateConstructor;
}
