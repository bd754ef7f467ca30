import { createDeribitSimulator, deribitId } from '@deltastream/venues/deribit';
import { marketOf, type PlayedMarket, type Simulator } from '@deltastream/venues/simulators';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSyntheticSource } from '../../packages/server/src/services/feed/synthetic/synthetic-source.ts';
import { haveBrowser } from '../support/clients/browser.ts';
import { expectAccessible } from './accessibility.ts';
import { createStand, panelOf, type Stand } from './stand.ts';

/** From the venue's silence: until its connection is taken for dead, and the page has said so for certain. */
const STALL_MS = 2_000;
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/** A command for OpenAlgo has its address, and there is none for Cboe before its terms are accepted. */
async function asksWhatVenuesNeed(panel: Locator): Promise<void> {
  const address = panel.getByLabel('Address of your OpenAlgo');
  await panel.getByText('--openalgo-url http://127.0.0.1:5000 --openalgo-api-key-file').waitFor();
  await address.fill('nas.lan');
  await panel.getByRole('alert').getByText('This is no address of an OpenAlgo').waitFor();
  expect(await panel.getByText('--openalgo-url').count()).toBe(0);
  await address.fill('https://nas.lan');
  await panel.getByText('--openalgo-url https://nas.lan --openalgo-api-key-file').waitFor();

  await panel.getByText('automated extraction and redistribution are barred').waitFor();
  expect(await panel.getByText('--cboe-terms-accepted').count()).toBe(0);
  await panel.getByRole('checkbox', { name: 'I have read these terms and accept them' }).check();
  await panel.getByText('npm start -- --source cboe --cboe-terms-accepted').waitFor();
}

describe.runIf(haveBrowser)('the dashboard on a live venue', () => {
  let market: PlayedMarket;
  let simulator: Simulator;
  let stand: Stand;

  beforeAll(async () => {
    const generated = createSyntheticSource(
      { products: ['BTC'], startMs: Date.now(), strikes: 10, chainIntervalMs: 200, syntheticHistory: 0 },
      null,
    );
    market = await marketOf(generated, { idOf: deribitId });
    simulator = await createDeribitSimulator(market);
    void market.play(1);
    stand = await createStand([
      ...['--source', 'deribit', '--deribit-url', simulator.url, '--products', 'BTC'],
      ...['--venue-stall-ms', String(STALL_MS), '--venue-first-retry-ms', '200'],
      ...['--venue-last-retry-ms', '500'],
    ]);
  });

  afterAll(async () => {
    await stand?.close();
    await simulator?.close();
    await market?.close();
  });

  it('names the venue, says on its first page that it is followed, and since when it is away', async () => {
    const page = await stand.open('/chain?product=BTC');
    const label = page.getByRole('banner').getByRole('status');
    await expect.poll(() => label.textContent()).toBe('Live: Deribit');

    await page.goto(`${stand.url}/start`);
    const panel = await panelOf(page, 'Start');
    await panel.getByText(/^This platform follows it: Deribit is live since/).waitFor();
    await panel.getByRole('button', { name: 'Watch what comes' }).waitFor();
    const copy = panel.getByRole('button', { name: /^Copy npm start -- --source upstox/ });
    await copy.focus();
    await page.keyboard.press('Enter');
    await panel.getByText(/^(Copied\.|The browser does not allow it)/).waitFor();
    await asksWhatVenuesNeed(panel);
    await expectAccessible(page);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(size.width);
    }
    await page.setViewportSize(SIZES[0]);

    await page.goto(`${stand.url}/chain?product=BTC`);
    await expect.poll(() => label.textContent()).toBe('Live: Deribit');
    simulator.fault({ kind: 'mute' });
    await page.getByRole('banner').getByText('no quotes since').waitFor();
    await page.goto(`${stand.url}/admin`);
    const wrong = (await panelOf(page, 'Services')).getByRole('table', {
      name: 'What is wrong with quotes of products',
    });
    await expect.poll(() => wrong.textContent()).toMatch(/BTCDeribitno quotes.+no quote for/);
    simulator.fault(null);
    await page.getByText('Nothing is wrong with quotes of the products that the venues give.').waitFor();
    expect(await page.getByText(/since \S+, since/).count()).toBe(0);
    await page.goto(`${stand.url}/chain?product=BTC`);
    await expect.poll(() => label.textContent()).toBe('Live: Deribit');
    await simulator.close();
    await expect.poll(() => label.textContent()).toMatch(/^Deribit (away|connecting) since /);
    await page
      .locator('.banner')
      .getByText(/^Deribit .+ since /)
      .waitFor();
    await page.goto(`${stand.url}/admin`);
    const venues = (await panelOf(page, 'Services')).getByRole('table', {
      name: 'Venues that the feed follows',
    });
    await expect.poll(() => venues.textContent()).toMatch(/Deribit(waiting|connecting)/);
    await expectAccessible(page);
    expect(stand.complaints).toEqual([]);
    await page.close();
  });
});
