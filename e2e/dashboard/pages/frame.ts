import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import { panelOf, type Stand } from '../stand.ts';

/** Types the symbol of a product and takes the first that is found. */
export async function chooseProduct(page: Page, product: string): Promise<void> {
  const field = page.getByRole('combobox', { name: 'Product', exact: true });
  await field.fill(product);
  await page.getByRole('option', { name: product }).first().waitFor();
  await field.press('Enter');
}

/** Of the routes of the market, such as `chain`. */
const MARKET_REQUEST = /\/api\/(data|analytics)\/([a-z-]+)\/XYZ/;

/** The frame around every page says the same as the API, and whether it is live. */
export function frame(stand: () => Stand): void {
  it('begins with the most active product, and later with the last one used, found by typing', async () => {
    const { products } = await stand().client.listProducts({});
    const openInterest = await Promise.all(
      products.map(async ({ product }) => {
        const total = await stand().client.getFiguresByExpiry({ product });
        return { product, contracts: (total.total_call_oi ?? 0) + (total.total_put_oi ?? 0) };
      }),
    );
    const [most] = openInterest.toSorted((a, b) => b.contracts - a.contracts);
    const page = await stand().open('/');
    const field = page.getByRole('combobox', { name: 'Product', exact: true });
    await expect.poll(() => field.inputValue()).toBe(most.product);

    await chooseProduct(page, 'SPY');
    await expect.poll(() => new URL(page.url()).searchParams.get('product')).toBe('SPY');
    await page.goto(`${stand().url}/`);
    await expect.poll(() => field.inputValue()).toBe('SPY');
    await field.press('ArrowDown');
    await expect.poll(() => page.getByRole('option').first().textContent()).toContain('SPY');
    await page.close();
  });

  it('has the figures of an instant, says which instant it is, and how old live data is', async () => {
    const { at, expiry } = await stand().pastOf('NIFTY');
    const page = await stand().open(`/open-interest?product=NIFTY&expiry=${expiry}&at=${at}`);
    const bar = page.getByRole('banner');
    const chain = await stand().client.getChain({ product: 'NIFTY', expiry, at });
    const iv = `${(100 * (chain.atm_iv as number)).toFixed(1)}%`;
    await expect.poll(() => bar.textContent()).toContain(`ATM IV${iv}`);
    const text = await bar.textContent();
    expect(text).toContain(`PCR${chain.pcr_oi?.toFixed(3)}`);
    expect(text).toContain('synthetic data');
    expect(await bar.getByRole('status').textContent()).toMatch(/^As of \d+ \w+ \d{4}, \d\d:\d\d:\d\d$/);

    await page.getByRole('button', { name: 'LIVE' }).click();
    await expect.poll(() => bar.getByRole('status').textContent()).toBe('Live');
    await expect.poll(() => bar.textContent()).toMatch(/quotes [\d.]+ s old, OI as of/);
    const days = page.getByRole('group', { name: 'Expiry' }).getByRole('button');
    expect(await days.nth(1).textContent()).toMatch(/ (today|\d+ d)$/);
    await page.close();
  });

  it('says of a product or an expiry that it is not here, asks nothing of it, and leads to what is', async () => {
    const page = await stand().open('/volatility?product=XYZ');
    const asked: string[] = [];
    page.on('request', (request) => MARKET_REQUEST.test(request.url()) && asked.push(request.url()));
    const missing = page.getByRole('region', { name: 'Not here' });
    await missing.getByText('XYZ is not here').waitFor();
    await page.reload();
    await missing.getByText('XYZ is not here').waitFor();
    expect(await page.getByRole('heading', { level: 2 }).count()).toBe(0);
    expect(asked).toEqual([]);
    await expectAccessible(page);
    await missing.getByRole('link', { name: 'NIFTY', exact: true }).click();
    await panelOf(page, 'Smile');

    const { at, expiry } = await stand().pastOf('NIFTY');
    await page.goto(`${stand().url}/chain?product=NIFTY&expiry=${expiry}`);
    await missing.getByText(`NIFTY ${expiry} is not listed any more`).waitFor();
    await missing.getByRole('navigation', { name: 'Its last snapshot' }).getByRole('link').click();
    const shown = (await panelOf(page, 'Option chain')).getByText('as of').locator('time');
    const day = at.slice(0, 10);
    await expect.poll(async () => (await shown.getAttribute('datetime')) ?? '').toContain(day.slice(0, 7));
    await page.getByRole('button', { name: 'LIVE' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('expiry')).toBeNull();
    const time = page.getByRole('region', { name: 'Time' });
    await time.getByText(/ is not listed any more; .+ is shown$/).waitFor();
    await page.getByRole('group', { name: 'Expiry' }).getByRole('button').last().click();
    await expect.poll(() => time.getByRole('status').count()).toBe(0);
    await page.close();
  });

  it('is driven by keys: pages, the list of keys, and commands by name', async () => {
    const page = await stand().open('/?product=NIFTY');
    const address = () => new URL(page.url());
    const field = page.getByRole('combobox', { name: 'Product', exact: true });
    await expect.poll(() => field.inputValue()).toBe('NIFTY');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await expect.poll(() => address().pathname).toBe('/chain');

    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    expect(await keys.textContent()).toContain('Back to live');
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: /^List the keys/ }).click();
    await keys.getByRole('checkbox', { name: 'Single keys' }).uncheck();
    await keys.getByText('They are switched off').waitFor();
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'detached' });
    for (const key of ['g', 'v', '?']) await page.keyboard.press(key);
    expect([address().pathname, await keys.count()]).toEqual(['/chain', 0]);

    const commands = page.getByRole('dialog', { name: 'Commands' });
    await page.getByRole('button', { name: /^Find/ }).click();
    await commands.getByRole('combobox').waitFor();
    await page.keyboard.press('Escape');
    await commands.waitFor({ state: 'detached' });
    const command = async (words: string) => {
      await page.keyboard.press('Control+k');
      await commands.getByRole('combobox').waitFor();
      await page.keyboard.type(words);
      await page.keyboard.press('Enter');
      await commands.waitFor({ state: 'detached' });
    };
    await command('list the keys');
    await keys.getByRole('checkbox', { name: 'Single keys' }).check();
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'detached' });
    await command('product btc');
    await expect.poll(() => address().searchParams.get('product')).toBe('BTC');
    await command('theme dark');
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
    await command('figure max pain');
    await expect
      .poll(() => address().pathname + address().search)
      .toContain('/charts?product=BTC&figures=max_pain');
    await command('volatility surface');
    await expect.poll(() => address().pathname).toBe('/volatility');
    const surface = page.locator('[data-panel=surface]');
    const top = () => surface.evaluate((panel) => panel.getBoundingClientRect().top / innerHeight);
    await expect.poll(top).toBeLessThan(1);
    await page.close();
  });
}
