import { expect, it } from 'vitest';
import { panelOf, type Stand, tableOf } from '../stand.ts';

/** What the page of exposures shows is what the API says. */
export function exposurePage(stand: () => Stand): void {
  const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
  const money = (value: number) => short.format(value).replace('-', '−');

  it('shows exposures by strike under both sign models, and gamma by level, as of an instant', async () => {
    const { at, expiry } = await stand().pastOf('SPY');
    const chain = { product: 'SPY', expiry, at };
    const page = await stand().open(`/exposure?product=SPY&expiry=${expiry}&at=${at}&exposure=vex`);
    const panel = await panelOf(page, 'Exposure by strike');
    for (const [model, name] of [
      ['dealer_short_puts_long_calls', 'Dealers long calls, short puts'],
      ['all_long', 'All long'],
    ] as const) {
      await panel.getByRole('button', { name }).click();
      const { strikes, totals } = await stand().client.getExposure({ ...chain, model });
      await expect
        .poll(async () => (await tableOf(page, 'Exposure by strike')).map((row) => row.slice(1)))
        .toEqual(strikes.map(({ vex_call, vex_put }) => [vex_call, vex_put, vex_call + vex_put].map(money)));
      await panel.getByRole('button', { name: 'As a table' }).click();
      const net = money(totals?.vex_net ?? Number.NaN);
      await panel.getByRole('img', { name: new RegExp(`: net ${net.replace('.', '\\.')},`) }).waitFor();
    }

    const { levels, gamma_flip } = await stand().client.getExposureProfile(chain);
    const flip = gamma_flip === null ? 'no gamma flip' : `gamma flip ${gamma_flip.toFixed(2)}`;
    const profile = await panelOf(page, 'Gamma exposure by level');
    await profile.getByRole('img', { name: flip }).waitFor();
    const byLevel = await tableOf(page, 'Gamma exposure by level');
    expect(byLevel.map(([, gex]) => gex)).toEqual(levels.map(({ gex }) => money(gex)));

    const overTime = await tableOf(page, 'Exposure over time');
    const { points } = await stand().client.getHistory({
      ...chain,
      figures: 'vex_net',
      limit: 1,
      order: 'desc',
    });
    expect(overTime.at(-1)?.[1]).toBe(money(points[0].vex_net ?? Number.NaN));
    await page.close();
  });
}
