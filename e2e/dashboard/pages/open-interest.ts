import { expect, it } from 'vitest';
import { numberOf, type Stand, tableOf } from '../stand.ts';

/** What the page of open interest shows is what the API says. */
export function openInterestPage(stand: () => Stand): void {
  it('shows open interest by strike as of an instant', async () => {
    const { at, expiry } = await stand().pastOf('SPY');
    const page = await stand().open(`/open-interest?product=SPY&expiry=${expiry}&at=${at}`);
    const shown = await tableOf(page, 'Open interest by strike');
    const { strikes } = await stand().client.getOiProfile({ product: 'SPY', expiry, at });
    expect(shown.map((row) => row.slice(0, 3).map(numberOf))).toEqual(
      strikes.map(({ strike, call_oi, put_oi }) => [strike, call_oi, put_oi]),
    );
    await page.close();
  });
}
