import { expect, it } from 'vitest';
import { numberOf, panelOf, type Stand, tableOf } from '../stand.ts';

/** Percent with one decimal, as the tables show it. */
const percent = (iv: number | null): number | null => (iv === null ? null : Number((iv * 100).toFixed(1)));

/** Vol points with two decimals. */
const vol = (difference: number | null): number | null =>
  difference === null ? null : Number((difference * 100).toFixed(2));

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

  it('shows term structure, rank, skew, realised volatility and forecasts as of an instant', async () => {
    const { client, pastOf, open } = stand();
    const { at, expiry } = await pastOf('SPY');
    const of = { product: 'SPY', at };
    const page = await open(`/volatility?product=SPY&expiry=${expiry}&at=${at}`);
    const numbers = (row: readonly string[]) => row.map(numberOf);

    const { expiries, constant_maturities } = await client.getTermStructure(of);
    const term = await tableOf(page, 'Term structure');
    expect(term.map((row) => [row[0], numberOf(row[3])])).toEqual([
      ...expiries.map((each) => [each.expiry, percent(each.atm_iv)]),
      ...constant_maturities.map(({ days, iv }) => [`constant, ${days} days`, percent(iv)]),
    ]);
    const skew = await tableOf(page, 'Skew by expiry');
    expect(skew.map((row) => numbers(row.slice(1)))).toEqual(
      expiries.map(({ rr25, bf25, rr10 }) => [rr25, bf25, rr10].map(vol)),
    );

    const rank = await client.getRank(of);
    expect(rank.rank).toBeNull();
    const rankPanel = await panelOf(page, 'IV rank and percentile');
    await rankPanel.getByText('No rank: too few sessions.').waitFor();
    await rankPanel.getByText(`${rank.observations} of 252 sessions`).waitFor();
    const closes = await tableOf(page, 'IV rank and percentile');
    expect(closes.map(([date, iv]) => [date, numberOf(iv)])).toEqual(
      rank.closes.map(({ date, iv }) => [date, percent(iv)]),
    );

    const history = await tableOf(page, 'Skew over time');
    const stored = await client.getHistory({ ...of, expiry, figures: 'rr25', resolution: '1h', limit: 400 });
    expect(history).toHaveLength(stored.count);

    const { windows } = await client.getRealisedVolatility(of);
    const realised = await tableOf(page, 'Realised and implied volatility');
    expect(realised.map(numbers)).toEqual(
      windows.map((each) => [
        each.sessions,
        ...[each.close_to_close, each.parkinson, each.garman_klass].map(percent),
        ...[each.rogers_satchell, each.yang_zhang, each.intraday].map(percent),
      ]),
    );

    const { forecasts, sessions } = await client.getForecast(of);
    const forecast = await tableOf(page, 'Forecast of realised volatility');
    expect(forecast.map((row) => numberOf(row[2]))).toEqual(
      forecasts.map((each) => percent(each.volatility)),
    );
    const forecastPanel = await panelOf(page, 'Forecast of realised volatility');
    await forecastPanel.getByRole('button', { name: 'As a table' }).click();
    await forecastPanel.getByText(`${sessions} complete sessions are stored`).waitFor();
    await page.close();
  });

  it('shows the surface as of an instant, in space where there is WebGL, else as a heat map', async () => {
    const { client, pastOf, open } = stand();
    const { at, expiry } = await pastOf('SPY');
    const page = await open(`/volatility?product=SPY&expiry=${expiry}&at=${at}&surface=3d`);
    // What a browser without WebGL returns.
    await page.addInitScript(() => {
      const { getContext } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...given: unknown[]) {
        return given[0] === 'webgl' ? null : getContext.apply(this, given as never);
      } as never;
    });
    const panel = await panelOf(page, 'Volatility surface');
    const drawn = panel.getByRole('img', { name: /^Volatility surface of SPY over \d+ expiries/ });
    await panel.scrollIntoViewIfNeeded();
    await drawn.waitFor();
    expect(await panel.getByText('has no WebGL').count()).toBe(0);
    const { expiries } = await client.getSurface({ product: 'SPY', at });
    const shown = await tableOf(page, 'Volatility surface');
    expect(shown.map(([of, strike, , , iv]) => [of, numberOf(strike), numberOf(iv)])).toEqual(
      expiries.flatMap((each) =>
        each.curve.map(({ strike, iv }) => [each.expiry, Number(strike.toFixed(2)), percent(iv)]),
      ),
    );
    await page.reload();
    await panel.scrollIntoViewIfNeeded();
    await panel.getByText('This browser has no WebGL').waitFor();
    await drawn.waitFor();
    await page.close();
  });
}
