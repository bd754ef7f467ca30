import { expect, it } from 'vitest';
import { panelOf, type Stand, tableOf } from '../stand.ts';

/** The overview shows what the API says of the product; live it goes on by itself. */
export function overviewPage(stand: () => Stand): void {
  it('shows figures of the product with their reasons, and follows the market', async () => {
    const { at, expiry } = await stand().pastOf('SPY');
    const page = await stand().open(`/?product=SPY&expiry=${expiry}&at=${at}`);
    const panel = await panelOf(page, 'Figures of the product');
    const list = panel.getByLabel('Figures of SPY across its expiries');
    await list.waitFor();
    const figures = await stand().client.getProductFigures({ product: 'SPY', at });
    expect(await panel.locator('time').getAttribute('datetime')).toBe(figures.timestamp);
    const nearest = figures.iv_nearest as number;
    expect(await list.textContent()).toContain(`ATM IV, nearest${(nearest * 100).toFixed(1)}%`);
    // Too few sessions are stored for a rank: a dash that says so.
    expect(figures.iv_rank).toBeNull();
    await list.getByText('none: too few sessions').first().waitFor();
    expect((await tableOf(page, 'Figures of the product')).length).toBeGreaterThan(5);

    await page.goto(`${stand().url}/?product=BTC`);
    const profile = await panelOf(page, 'Open interest by strike');
    const shown = () => profile.locator('time').getAttribute('datetime');
    const before = await shown();
    await expect.poll(shown, { timeout: 15_000 }).not.toBe(before);
    await page.close();
  });
}
