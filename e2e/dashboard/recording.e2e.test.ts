import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser } from '../support/clients/browser.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';
import { expectAccessible } from './accessibility.ts';
import { createStand, numberOf, panelOf, type Stand, tableOf } from './stand.ts';

const FILE = 'nse/nifty_chain_20260819.csv.gz';
/** A snapshot within the recorded session. */
const AT = '2026-08-19T06:00:00.000Z';

const SIZE = { width: 1440, height: 900 };

/** Columns of a call, from the outside to the strike; those of a put are mirrored. */
const COLUMNS = ['buildup', 'open_interest', 'volume', 'iv', 'delta', 'bid', 'ask', 'price'] as const;

describe.runIf(haveBrowser && haveRecordings)('the dashboard on a replayed recording', () => {
  let stand: Stand;
  let page: Page;
  let expiry: string;

  beforeAll(async () => {
    stand = await createStand(['--source', `replay:${recording(FILE)}`, '--speed', 'max']);
    await stand.printed(/Replay finished/);
    const { expiries } = await stand.client.listExpiries({ product: 'NIFTY' });
    [{ expiry }] = expiries;
    page = await stand.open(`/chain?product=NIFTY&strikes=0`, SIZE);
  });

  afterAll(() => stand?.close());

  it('shows the last figures, where they are from, and that the replay is over', async () => {
    const newest = await stand.client.getChain({ product: 'NIFTY', expiry });
    const panel = await panelOf(page, 'Option chain');
    await expect
      .poll(() => panel.getByText('as of').locator('time').getAttribute('datetime'))
      .toBe(newest.quotes_as_of);
    const bar = page.getByRole('banner');
    await expect.poll(() => bar.getByRole('status').textContent()).toMatch(/^Replay finished since /);
    const text = await bar.textContent();
    expect(text).toContain(`source: ${newest.source}`);
    expect(text).not.toContain('synthetic');
    expect(text).toContain(`PCR${newest.pcr_oi?.toFixed(3)}`);
  });

  it('shows each contract of a recorded instant as the API has it', async () => {
    // So high that every row is in the page.
    await page.setViewportSize({ width: SIZE.width, height: 6_000 });
    await page.goto(`${stand.url}/chain?product=NIFTY&expiry=${expiry}&at=${AT}&strikes=0`);
    const chain = await stand.client.getChain({ product: 'NIFTY', expiry, at: AT });
    const panel = await panelOf(page, 'Option chain');
    await expect
      .poll(() => panel.getByText('as of').locator('time').getAttribute('datetime'))
      .toBe(chain.quotes_as_of);
    await expect.poll(() => panel.getByRole('row').count()).toBe(chain.strikes.length + 2);
    const shown = await tableOf(page, 'Option chain');
    await page.setViewportSize(SIZE);
    expect(shown).toHaveLength(chain.strikes.length);
    let compared = 0;
    for (const [i, row] of shown.entries()) {
      for (const [side, cells] of [
        [chain.calls[i], row],
        [chain.puts[i], row.toReversed()],
      ] as const) {
        if (side === null) continue;
        for (const name of ['open_interest', 'volume', 'price'] as const) {
          expect(numberOf(cells[COLUMNS.indexOf(name)]), `${name} at ${chain.strikes[i]}`).toBe(side[name]);
          compared += 1;
        }
      }
    }
    expect(compared).toBeGreaterThan(200);
  });

  it('has the rows that are seen in the page, and all of them one after the other', async () => {
    const at = `/chain?product=NIFTY&expiry=${expiry}&at=${AT}&strikes=0`;
    await page.goto(stand.url + at);
    const { strikes } = await stand.client.getChain({ product: 'NIFTY', expiry, at: AT });
    const table = page.locator('table.chain');
    const rows = table.locator('tbody tr:not([aria-hidden])');
    await expect.poll(() => rows.count()).toBeGreaterThan(20);
    await expect.poll(() => rows.count()).toBeLessThan(strikes.length);
    expect(await table.getAttribute('aria-rowcount')).toBe(String(strikes.length + 2));
    await page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
    const last = table.locator(`tr[aria-rowindex="${strikes.length + 2}"]`);
    await expect
      .poll(() => last.getByRole('rowheader').textContent())
      .toContain((strikes.at(-1) as number).toLocaleString('en-IN'));
  });

  it('shows the analytics of that instant as the API has them', async () => {
    await page.goto(`${stand.url}/open-interest?product=NIFTY&expiry=${expiry}&at=${AT}`);
    const rows = await tableOf(page, 'Open interest by strike');
    const { strikes } = await stand.client.getOiProfile({ product: 'NIFTY', expiry, at: AT });
    expect(rows.map((row) => row.slice(0, 3).map(numberOf))).toEqual(
      strikes.map(({ strike, call_oi, put_oi }) => [strike, call_oi, put_oi]),
    );
    const curve = await tableOf(page, 'Pain by settlement');
    const pain = await stand.client.getMaxPain({ product: 'NIFTY', expiry, at: AT });
    expect(curve.map(([strike]) => numberOf(strike))).toEqual(pain.curve.map(({ strike }) => strike));
  });

  it('plays the recorded day from where it is dragged, again and again, then comes to the newest', async () => {
    await page.goto(`${stand.url}/chain?product=NIFTY&expiry=${expiry}&at=${AT}`);
    const bar = page.getByRole('region', { name: 'Time', exact: true });
    const shownAt = () => Date.parse(new URL(page.url()).searchParams.get('at') ?? '');
    const dragNearEnd = async () => {
      const { x, y, width, height } = (await slider.boundingBox()) as NonNullable<
        Awaited<ReturnType<typeof slider.boundingBox>>
      >;
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + width - 12, y + height / 2, { steps: 4 });
      await page.mouse.up();
      await expect.poll(shownAt).toBeGreaterThan(Date.parse(AT) + 60 * 60_000);
    };
    const slider = bar.getByRole('slider', { name: 'Instant within the day' });
    await dragNearEnd();
    await bar.getByLabel('Speed').selectOption('300');
    await bar.getByLabel('At the end').selectOption('then again');
    await bar.getByRole('button', { name: 'Play', exact: true }).click();
    await bar.getByText(/^Replay 300x, /).waitFor();
    await expect.poll(shownAt, { timeout: 20_000 }).toBeLessThan(Date.parse(AT));
    await bar.getByRole('button', { name: 'Pause', exact: true }).click();
    await bar.getByText(/^As of /).waitFor();

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.setViewportSize(SIZE);

    await dragNearEnd();
    await bar.getByLabel('At the end').selectOption('then live');
    await bar.getByRole('button', { name: 'Play', exact: true }).click();
    await expect.poll(shownAt, { timeout: 20_000 }).toBeNaN();
    await bar.getByText('newest of the recording').waitFor();
    await bar.getByRole('button', { name: 'REPLAY', pressed: true }).waitFor();
    const label = page.getByRole('banner').getByRole('status');
    await expect.poll(() => label.textContent()).toMatch(/^Replay finished since /);
  });

  it('complains about nothing', () => expect(stand.complaints).toEqual([]));
});
