import { expect, it } from 'vitest';
import { numberOf, panelOf, type Stand, tableOf } from '../stand.ts';

/** What the page of charts shows is what the API says. */
export function chartsPage(stand: () => Stand): void {
  it('shows bars and a figure by bar as of an instant', async () => {
    const { at, expiry } = await stand().pastOf('SPY');
    const query = `product=SPY&expiry=${expiry}&at=${at}&interval=15m&figures=pcr_oi`;
    const page = await stand().open(`/charts?${query}`);
    const shown = await tableOf(page, 'Price');
    const request = { product: 'SPY', at, limit: 300 } as const;
    const { bars } = await stand().client.getOhlc({ ...request, interval: '15m' });
    const prices = bars.map(({ open, high, low, close }) => [open, high, low, close]);
    expect(shown.map((row) => row.slice(1, 5).map(numberOf))).toEqual(prices);

    const { points } = await stand().client.getHistory({
      ...{ ...request, expiry, figures: 'pcr_oi', resolution: '15m' },
    });
    const last = points.at(-1)?.pcr_oi as number;
    await expect
      .poll(async () => numberOf((await tableOf(page, 'Price')).at(-1)?.[5] ?? ''))
      .toBeCloseTo(last, 3);
    await page.close();
  });

  it('goes on with the live bar, and keeps the figures in the address', async () => {
    const page = await stand().open('/charts?product=BTC&interval=1m');
    const panel = await panelOf(page, 'Price');
    const chart = panel.getByRole('img');
    const before = await chart.getAttribute('aria-label');
    await expect.poll(() => chart.getAttribute('aria-label')).not.toBe(before);

    await panel.getByRole('button', { name: 'IV', exact: true }).click();
    await panel.getByRole('button', { name: 'ATM IV over the price' }).click();
    const figures = () => new URL(page.url()).searchParams.get('figures');
    await expect.poll(figures).toBe('atm_iv:overlay');
    await expect.poll(() => chart.getAttribute('aria-label')).toContain('with ATM IV');
    await panel.getByRole('button', { name: 'Remove ATM IV' }).click();
    await expect.poll(figures).toBeNull();
    await page.close();
  });
}
