import { expect, it } from 'vitest';
import { numberOf, panelOf, type Stand, tableOf } from '../stand.ts';

/** Percent with one decimal, as the tables show it. */
const percent = (iv: number | null): number | null => (iv === null ? null : Number((iv * 100).toFixed(1)));

/** What the page of volatility shows is what the API says. */
export function volatilityPage(stand: () => Stand): void {
  it('shows smiles of several expiries as of an instant, with those of the close before', async () => {
    const { client, pastOf, open } = stand();
    const { at, expiry } = await pastOf('SPY');
    const { expiries } = await client.getTermStructure({ product: 'SPY', at });
    const both = expiries.slice(0, 2).map((each) => each.expiry);
    expect(both).toContain(expiry);
    const page = await open(`/volatility?product=SPY&expiry=${expiry}&smiles=${both.join(',')}&at=${at}`);
    const panel = await panelOf(page, 'Smile');
    await panel.getByRole('img', { name: /^Smile of SPY: .* at-the-money volatility \d/ }).waitFor();
    await expect.poll(() => panel.getByText(/dashed: \d/).count()).toBe(2);
    const smiles = await Promise.all(
      both.map((each) => client.getSmile({ product: 'SPY', expiry: each, at })),
    );
    const points = smiles.flatMap((smile) =>
      smile.points.map((point) => ({ ...point, expiry: smile.expiry })),
    );
    const shown = await tableOf(page, 'Smile');
    expect(shown.map(([of, strike, side]) => [of, numberOf(strike), side])).toEqual(
      points.map(({ expiry: of, strike, side }) => [of, strike, side]),
    );
    expect(shown.map((row) => row.slice(5).map(numberOf))).toEqual(
      points.map(({ iv, bid_iv, ask_iv, fitted_iv }) => [iv, bid_iv, ask_iv, fitted_iv].map(percent)),
    );
    await page.close();
  });
}
