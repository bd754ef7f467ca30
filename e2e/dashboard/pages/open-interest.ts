import { expect, it } from 'vitest';
import { numberOf, panelOf, type Stand, tableOf } from '../stand.ts';

/** What the page of open interest shows is what the API says. */
export function openInterestPage(stand: () => Stand): void {
  it('shows open interest by strike and its change over a window, as of an instant', async () => {
    const { at, expiry } = await stand().pastOf('SPY');
    const page = await stand().open(
      `/open-interest?product=SPY&expiry=${expiry}&at=${at}&oi=change&oi-window=30m`,
    );
    const shown = await tableOf(page, 'Open interest by strike');
    const request = { product: 'SPY', expiry, at, window: '30m' } as const;
    const { strikes } = await stand().client.getOiChange(request);
    expect(shown.map((row) => row.map(numberOf))).toEqual(
      strikes.map(({ strike, call_oi, put_oi, call_oi_change, put_oi_change }) => [
        strike,
        call_oi,
        put_oi,
        call_oi_change,
        put_oi_change,
      ]),
    );
    expect(strikes.some(({ call_oi_change }) => call_oi_change)).toBe(true);

    const panel = await panelOf(page, 'Open interest by strike');
    await panel.getByRole('button', { name: 'As a table' }).click();
    await panel.getByRole('button', { name: 'OI', exact: true }).click();
    const { max_pain_strike } = await stand().client.getMaxPain({ product: 'SPY', expiry, at });
    await panel.getByRole('img', { name: new RegExp(`Max pain ${max_pain_strike}\\b`) }).waitFor();
    expect(await panel.locator('time').getAttribute('datetime')).toBe(at);
    await page.close();
  });
}
