import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import { numberOf, panelOf, type Stand, tableOf } from '../stand.ts';

/** Series, the heat map and the tables of the page of open interest are what the API says. */
export function openInterestOverTime(stand: () => Stand): void {
  let page: Page;
  let chain: { product: string; expiry: string; at: string };
  let from: string;

  const shownOf = async (title: string) =>
    (await tableOf(page, title)).map((row) => row.slice(1).map(numberOf));

  it('shows open interest, put-call ratios and pain over the day, as of an instant', async () => {
    const { at, expiry } = await stand().pastOf('SPY');
    chain = { product: 'SPY', expiry, at };
    const { time_zone } = (await stand().client.getProduct({ product: 'SPY' })) as { time_zone: string };
    from = midnight(at, time_zone);
    page = await stand().open(`/open-interest?product=SPY&expiry=${expiry}&at=${at}&strikes=10&heat=call`);

    const request = { ...chain, from, resolution: '1m', limit: 2_000 } as const;
    const figures = 'pcr_oi,pcr_volume,max_pain_strike,spot_price';
    const { points } = await stand().client.getHistory({ ...request, figures });
    const ratio = (value?: number | null) => (value == null ? null : Number(value.toFixed(3)));
    expect(points.length).toBeGreaterThan(5);
    expect(await shownOf('Put-call ratio and max pain over time')).toEqual(
      points.map((point) => [
        ratio(point.pcr_oi),
        ratio(point.pcr_volume),
        point.max_pain_strike,
        Number(point.spot_price?.toFixed(2)),
      ]),
    );

    const { curve } = await stand().client.getMaxPain(chain);
    const settlements = await tableOf(page, 'Pain by settlement');
    expect(settlements.map(([strike]) => numberOf(strike))).toEqual(curve.map(({ strike }) => strike));
  });

  it('has of a long table only the rows that are seen, each with its place among all', async () => {
    const query = new URLSearchParams({ ...chain, strikes: '0', heat: 'call', 'heat-resolution': '5m' });
    const wide = await stand().open(`/open-interest?${query}`);
    const panel = await panelOf(wide, 'Open interest by strike and time');
    await panel.getByRole('button', { name: 'As a table' }).click();
    const table = panel.getByRole('table');
    const all = { ...chain, from, resolution: '5m', width: 10_000 } as const;
    const { columns, strikes } = await stand().client.getOiHeatmap(all);
    const cells = columns.length * strikes.length;
    expect(cells).toBeGreaterThan(1_000);
    expect(Number(await table.getAttribute('aria-rowcount'))).toBe(cells + 1);
    expect(await table.getByRole('row').count()).toBeLessThan(150);
    await table.locator('..').focus();
    await wide.keyboard.press('End');
    const last = table.locator(`tr[aria-rowindex="${cells + 1}"]`);
    await last.waitFor();
    expect(numberOf((await last.locator('td').nth(1).textContent()) ?? '')).toBe(strikes.at(-1));
    await expectAccessible(wide);
    await wide.close();
  });

  it('shows where open interest changed during the day, and chosen strikes of it', async () => {
    const map = await stand().client.getOiHeatmap({ ...chain, from, resolution: '15m', width: 10 });
    const [first] = map.columns;
    expect(await shownOf('Open interest by strike and time')).toEqual(
      map.columns.flatMap(({ call_oi }) =>
        map.strikes.map((strike, row) => [strike, (call_oi[row] ?? 0) - (first.call_oi[row] ?? 0)]),
      ),
    );

    const panel = await panelOf(page, 'Open interest of strikes over time');
    const strike = map.strikes[0];
    await panel.getByLabel('Add a strike').scrollIntoViewIfNeeded();
    while ((await panel.getByRole('button', { name: /^Remove/ }).count()) > 1)
      await panel
        .getByRole('button', { name: /^Remove/ })
        .first()
        .click();
    await panel.getByLabel('Add a strike').selectOption(String(strike));
    await panel.getByRole('button', { name: `Remove ${strike}` }).waitFor();
    await panel
      .getByRole('button', { name: /^Remove/ })
      .last()
      .click();
    await expect.poll(() => new URL(page.url()).searchParams.get('oi-strikes')).toBe(String(strike));
    const { points } = await stand().client.getOiByStrike({
      ...chain,
      from,
      resolution: '1m',
      limit: 2_000,
      strikes: String(strike),
    });
    await expect
      .poll(() => shownOf('Open interest of strikes over time'))
      .toEqual(points.map(({ call_oi, put_oi }) => [strike, (call_oi ?? 0) + (put_oi ?? 0)]));
  });

  it('shows figures of every expiry, and goes to the one that is clicked', async () => {
    const { product, at } = chain;
    const { expiries } = await stand().client.getFiguresByExpiry({
      product,
      at,
      figures: 'pcr_oi,max_pain_strike',
    });
    const panel = await panelOf(page, 'Figures by expiry');
    const chips = panel.getByRole('button', { pressed: false }).filter({ hasText: /\d{4}$/ });
    const other = expiries.findLast(({ expiry }) => expiry !== chain.expiry);
    await chips.last().click();
    await expect.poll(() => new URL(page.url()).searchParams.get('expiry')).toBe(other?.expiry);
    const rows = await tableOf(page, 'Figures by expiry');
    expect(rows.map(([expiry, , pcr, , pain]) => [expiry, numberOf(pcr), numberOf(pain)])).toEqual(
      expiries.map(({ expiry, pcr_oi, max_pain_strike }) => [
        expiry,
        Number(pcr_oi?.toFixed(3)),
        max_pain_strike,
      ]),
    );
    await page.close();
  });
}

/** The first instant of the exchange's day. */
function midnight(at: string, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(at));
  const offset = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(new Date(at))
    .find(({ type }) => type === 'timeZoneName')
    ?.value.slice(3);
  return new Date(`${day}T00:00:00${offset || 'Z'}`).toISOString();
}
