import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser } from '../../support/clients/browser.ts';
import { expectAccessible } from '../accessibility.ts';
import { createStand, panelOf, type Stand, tableOf } from '../stand.ts';

const RULE = 'Spot is there';

describe.runIf(haveBrowser)('the alerts of the dashboard', () => {
  let stand: Stand;
  let page: Page;
  const received: string[] = [];
  const target = createServer((request, response) => {
    received.push(String(request.headers['webhook-signature']));
    response.end();
  });

  beforeAll(async () => {
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    stand = await createStand(['--products', 'NIFTY', '--alert-targets', `127.0.0.1:${port}`]);
    page = await stand.open('/chain?product=NIFTY');
  });
  afterAll(async () => {
    await stand?.close();
    target.close();
  });

  const rule = (name = RULE) => page.getByRole('listitem', { name, exact: true });
  const condition = () => page.getByLabel('Fires when');
  const notices = () => page.getByRole('region', { name: 'Alerts that fired' });

  it('is a place in the rail, with a key, and begins with a word of what to do', async () => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Alerts' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/alerts');
    const panel = await panelOf(page, 'Alert rules');
    await panel.getByText('No rule yet').waitFor();
  });

  it('checks a condition while it is typed, and takes what may have been meant by a key', async () => {
    await page.getByRole('heading', { name: 'Alert rules' }).click();
    await page.keyboard.press('n');
    await condition().fill('spot_prise > 0');
    await page.getByText(/^At character 1: .*spot_prise/).waitFor();
    expect(await page.locator('.condition-marks mark').first().textContent()).toBe('spot_prise');
    expect(await condition().getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('button', { name: 'Use spot_price' }).waitFor();
    await condition().press('Alt+Enter');
    expect(await condition().inputValue()).toBe('spot_price > 0');
    await page.getByText('Valid; uses spot_price').waitFor();
  });

  it('says when the rule would have fired, and can be cancelled', async () => {
    await stand.pastOf('NIFTY');
    const past = page.getByRole('region', { name: 'Would have fired' });
    await page.getByRole('region', { name: 'New rule' }).getByLabel('Name', { exact: true }).fill(RULE);
    await past.getByLabel('Period', { exact: true }).selectOption('30');
    await past.getByRole('button', { name: 'Try it' }).click();
    await past.getByText(/^Complete; [1-9][\d,]* firings? in [1-9][\d,]* chains\.$/).waitFor();
    const rows = await past.getByRole('table').getByRole('row').allTextContents();
    expect(rows[1]).toContain('NIFTY');
    // The same with what never comes to an end by itself.
    const held = Promise.withResolvers<void>();
    await page.route('**/api/alerts/test', async (route) => {
      await held.promise;
      await route.abort().catch(() => {});
    });
    await past.getByRole('button', { name: 'Try it' }).click();
    await past.getByRole('button', { name: 'Cancel' }).click();
    await past.getByText(/^Cancelled/).waitFor();
    held.resolve();
    await page.unroute('**/api/alerts/test');
  });

  it('shows the rule as a sentence, and what it fires as a notice at once', async () => {
    await page.getByLabel('Cool-down').fill('1 h');
    await page.getByRole('button', { name: 'Add the rule' }).click();
    await rule()
      .getByText('NIFTY, nearest expiry: spot_price > 0, repeats, cool-down 1 h → this page')
      .waitFor();
    await notices().getByText(RULE, { exact: true }).waitFor();
    expect(await tableOf(page, 'Firings')).toEqual([expect.arrayContaining([RULE, 'warning', 'NIFTY'])]);
    await rule()
      .getByText(/1 in all$/)
      .waitFor();
  });

  it('shows the live value beside the threshold', async () => {
    await rule()
      .getByText(/^spot_price [\d,]+\.\d\d > 0: true$/)
      .waitFor();
  });

  it.each([
    ['light', 1440],
    ['dark', 390],
    ['dark', 1440],
  ] as const)('is accessible with a notice and the editor open: %s, %i px', async (colorScheme, width) => {
    if ((await page.getByRole('button', { name: 'Save the rule' }).count()) === 0) {
      await rule().getByRole('button', { name: 'Edit' }).click();
    }
    await page.setViewportSize({ width, height: 3_000 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });

  it('says what fires on other pages, too, until it was dismissed', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page
      .getByRole('form', { name: `Change ${RULE}` })
      .getByRole('button', { name: 'Close' })
      .click();
    await rule().getByRole('button', { name: 'Duplicate' }).click();
    const copy = page.getByRole('listitem').filter({ hasText: 'disabled' });
    await copy.getByRole('button', { name: /^Enable/ }).waitFor();
    await page.getByRole('button', { name: 'Dismiss all' }).click();
    await copy.getByRole('button', { name: /^Enable/ }).click();
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/chain');
    await notices().getByText(RULE).first().waitFor();
    await notices()
      .getByRole('button', { name: /^Dismiss S/ })
      .click();
    expect(await notices().getByText(RULE).count()).toBe(0);
    await page.getByRole('link', { name: 'Alerts', exact: true }).click();
  });

  it('marks it on the charts of the product, in their words and their tables', async () => {
    await page.getByRole('link', { name: 'Charts', exact: true }).click();
    const panel = await panelOf(page, 'Price');
    const chart = panel.getByRole('img');
    await expect
      .poll(() => chart.getAttribute('aria-label'))
      .toMatch(new RegExp(`2 alerts fired: .*${RULE}`));
    await panel.getByRole('list').getByText('Alerts 2').waitFor();
    const marked = (await tableOf(page, 'Price')).map((row) => row.at(-1)).filter((text) => text !== '–');
    expect(marked.join()).toContain(RULE);
    await page.getByRole('link', { name: 'Alerts', exact: true }).click();
  });

  it('adds a webhook with its secret shown once, tries it, and lists the attempt', async () => {
    const panel = await panelOf(page, 'Channels');
    await panel.getByLabel('Kind', { exact: true }).selectOption('webhook');
    await panel.getByLabel('Name', { exact: true }).fill('Desk');
    const { port } = target.address() as AddressInfo;
    await panel.getByLabel('URL', { exact: true }).fill(`http://127.0.0.1:${port}/`);
    await panel.getByRole('button', { name: 'Add the channel' }).click();
    await panel.getByText(/^whsec_/).waitFor();
    await panel.getByRole('button', { name: 'I have kept it' }).click();
    await panel.getByRole('button', { name: 'Test Desk' }).click();
    await panel.getByText(/^Desk: delivered in \d+ ms\.$/).waitFor();
    expect(received).toEqual([expect.stringMatching(/^v1,/)]);
    expect(await tableOf(page, 'Deliveries')).toEqual([
      expect.arrayContaining(['Desk', 'webhook', 'delivered']),
    ]);
    expect(await panel.getByText(/^whsec_/).count()).toBe(0);
  });

  it('mutes, disables and deletes a rule, and saves all of them as a file', async () => {
    await rule()
      .getByRole('button', { name: `Mute ${RULE}` })
      .click();
    await page.getByRole('menuitem', { name: 'Mute for an hour' }).click();
    await rule()
      .getByText(/muted until/)
      .waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const path = await (await download).path();
    await rule()
      .getByRole('button', { name: `Delete ${RULE}`, exact: true })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => rule().count()).toBe(0);
    await page.getByLabel('File of rules').setInputFiles(path);
    const dialog = page.getByRole('dialog', { name: 'Import rules' });
    await dialog.getByText('2 rules would be added.').waitFor();
    await dialog.getByRole('button', { name: 'Add' }).click();
    await rule()
      .getByText(/muted until/)
      .waitFor();
  });

  it('complains about nothing', () => expect(stand.complaints).toEqual([]));
});
