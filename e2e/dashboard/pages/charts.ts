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

  it('shows what the straddle at the money cost, and any legs that are chosen', async () => {
    const { client } = stand();
    const { at, expiry } = await stand().pastOf('NIFTY');
    const page = await stand().open(`/charts?product=NIFTY&expiry=${expiry}&at=${at}`);
    const shown = async () => (await tableOf(page, 'Premium over time')).map((row) => numberOf(row[1]));
    const expected = async (query: { legs: string } | { expiry: string; rolling: 'straddle' }) => {
      const from = `${at.slice(0, 10)}T00:00:00+05:30`;
      const { points } = await client.getPremium({
        ...{ product: 'NIFTY', at, from, resolution: '1m', limit: 2_000 },
        ...query,
      });
      return points.map(({ premium }) => premium && expect.closeTo(premium, 2));
    };
    expect(await shown()).toEqual(await expected({ expiry, rolling: 'straddle' }));

    const { atm_strike: strike } = await client.getChain({ product: 'NIFTY', expiry, at });
    const panel = await panelOf(page, 'Premium over time');
    await panel.getByLabel('What the next leg does').selectOption('Sell call');
    await panel.getByLabel('Add a leg at a strike').selectOption(String(strike));
    await panel.getByLabel('What the next leg does').selectOption('Buy put');
    await panel.getByLabel('Add a leg at a strike').selectOption(String(strike));
    const legs = () => new URL(page.url()).searchParams.get('legs');
    await expect.poll(legs).toBe(`${strike}:call:-1,${strike}:put:1`);
    const inFull = `${expiry}:${strike}:call:-1,${expiry}:${strike}:put:1`;
    await expect.poll(shown).toEqual(await expected({ legs: inFull }));
    await panel.getByRole('button', { name: /^Remove −1 .* call$/ }).click();
    await expect.poll(legs).toBe(`${strike}:put:1`);
    await panel.getByRole('button', { name: 'Straddle at the money' }).click();
    await expect.poll(legs).toBeNull();
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
