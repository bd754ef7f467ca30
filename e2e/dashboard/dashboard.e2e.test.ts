import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser } from '../support/clients/browser.ts';
import { adminPageOfAnyone } from './pages/admin.ts';
import { chainPage } from './pages/chain.ts';
import { chartsPage } from './pages/charts.ts';
import { everyPage } from './pages/every-page.ts';
import { exposurePage } from './pages/exposure.ts';
import { chooseProduct, frame } from './pages/frame.ts';
import { openInterestPage } from './pages/open-interest.ts';
import { openInterestOverTime } from './pages/open-interest-over-time.ts';
import { overviewPage } from './pages/overview.ts';
import { firstVisit } from './pages/start.ts';
import { timeBar } from './pages/time-bar.ts';
import { volatilityPage } from './pages/volatility.ts';
import { workspacePage } from './pages/workspace.ts';
import { createStand, type Stand } from './stand.ts';

describe.runIf(haveBrowser)('the dashboard in a browser', () => {
  let stand: Stand;
  let page: Page;

  beforeAll(async () => {
    // One of each venue: making a past of each product and enriching it takes from the pages.
    stand = await createStand(['--products', 'NIFTY,SPY,BTC']);
    page = await stand.open('/chain');
  });

  afterAll(() => stand?.close());

  it('shows the live chain with its figures, and says that the data is synthetic', async () => {
    await page.getByRole('table').waitFor();
    const text = await page.locator('body').textContent();
    for (const words of [/synthetic/i, /PCR/i, /max pain/i, /straddle/i, /forward/i])
      expect(text).toMatch(words);
    expect(await page.getByRole('row').count()).toBeGreaterThan(20);
  });

  it('goes on by itself', async () => {
    const body = page.locator('main');
    const before = await body.textContent();
    await expect.poll(async () => (await body.textContent()) !== before).toBe(true);
  });

  it('changes product and expiry', async () => {
    // The page was there before the feed had named every product.
    await chooseProduct(page, 'BTC');
    await page.locator('main').getByText('BTC').first().waitFor();
    const expiries = page.getByRole('group', { name: 'Expiry' }).getByRole('button');
    await expect.poll(() => expiries.count()).toBeGreaterThan(1);
    await expiries.nth(1).click();
    await expect.poll(() => expiries.nth(1).getAttribute('aria-pressed')).toBe('true');
    // A page that goes on takes from those after it.
    await page.close();
  });

  frame(() => stand);
  firstVisit(() => stand);
  timeBar(() => stand);
  chainPage(() => stand);
  openInterestPage(() => stand);
  volatilityPage(() => stand);
  openInterestOverTime(() => stand);
  exposurePage(() => stand);
  overviewPage(() => stand);
  chartsPage(() => stand);
  workspacePage(() => stand);
  adminPageOfAnyone(() => stand);
  everyPage(() => stand);

  it('serves the API reference, and complains about nothing', async () => {
    page = await stand.open('/api/docs');
    await page.getByText('Latest price, expiries and the nearest chain').first().waitFor();
    expect(stand.complaints).toEqual([]);
  });
});
