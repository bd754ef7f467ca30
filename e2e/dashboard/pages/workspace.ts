import { createClient, memorySession } from '@deltastream/client';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Account } from '../../support/platform/accounts.ts';
import { expectAccessible } from '../accessibility.ts';
import { numberOf, type Stand, tableOf } from '../stand.ts';

const OI = 'Open interest by strike';
const SMILE = 'Smile';

const menu = async (page: Page, of: string, item: string) => {
  await page.getByRole('button', { name: of, exact: true }).press('Enter');
  await page.getByRole('menuitem', { name: item }).press('Enter');
};

/** The API for an account; its token is renewed where it ends during a test. */
async function apiOf(stand: Stand, account: Account) {
  const session = memorySession();
  const client = createClient({ baseUrl: stand.url, session });
  await client.login(account);
  const logOut = () => client.logout({ refresh_token: session.get()?.refresh_token ?? '' });
  return { client, logOut };
}

/** Workspaces of who is logged in are those of the account, on every device. */
export function workspaceOfAccount(stand: () => Stand, page: () => Page, account: () => Account): void {
  it('keeps workspaces with the account, and overwrites none that another device saved meanwhile', async () => {
    const { client, logOut } = await apiOf(stand(), account());
    const stored = () => client.getLayout({ name: 'Desk' }).catch(() => null);

    await page().goto(`${stand().url}/workspace?product=NIFTY&layout=1.figures`);
    await menu(page(), 'Workspace', 'Save as');
    await page().getByRole('dialog', { name: 'Save as' }).getByLabel('Name').fill('Desk');
    await page().keyboard.press('Enter');
    await expect.poll(async () => (await stored())?.document).toEqual({ layout: '1.figures' });

    await page().getByRole('dialog', { name: 'Save as' }).waitFor({ state: 'detached' });
    const { version } = await client.getLayout({ name: 'Desk' });
    await client.putLayout({ name: 'Desk', version, document: { layout: '1.chain' } });
    await page().getByRole('button', { name: 'Close Figures of the chain' }).click();
    await page().getByRole('button', { name: 'Save', exact: true }).click();
    await page().getByRole('alert').getByText('saved or deleted elsewhere').waitFor();
    expect((await stored())?.document).toEqual({ layout: '1.chain' });
    // The refusal was meant, and the browser notes it.
    await expect.poll(() => stand().complaints).toEqual([expect.stringContaining('409')]);
    stand().complaints.length = 0;

    // The layout stands in the address, and still began from the version before.
    await page().reload();
    await page().getByText('not saved, and saved elsewhere since').waitFor();
    await page().getByRole('button', { name: 'Save', exact: true }).click();
    await page()
      .getByRole('dialog', { name: 'Replace Desk?' })
      .getByRole('button', { name: 'Cancel' })
      .click();
    expect((await stored())?.document).toEqual({ layout: '1.chain' });

    const link = '/workspace?product=NIFTY&workspace=Desk&layout=1.smile';
    const ofLink = await stand().openBeside(page(), link);
    await ofLink.getByText('from a link, not saved').waitFor();
    await ofLink.getByRole('button', { name: 'Save', exact: true }).click();
    const question = ofLink.getByRole('dialog', { name: 'Replace Desk?' });
    await question.getByText('came by a link').waitFor();
    await question.getByRole('button', { name: 'Replace' }).click();
    await expect.poll(async () => (await stored())?.document).toEqual({ layout: '1.smile' });
    await ofLink.close();

    await page().goto(`${stand().url}/workspace?product=NIFTY`);
    await page().getByRole('tab', { name: 'Smile' }).waitFor();
    await menu(page(), 'Workspace', 'Delete');
    await page().getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(stored).toBeNull();
    await logOut();
  });
}

/** Workspaces that were saved in the browser before the login are offered to the account once. */
export function workspacesOfBrowser(stand: () => Stand, page: () => Page, account: () => Account): void {
  it('takes workspaces of the browser along to the account, and replaces none of it', async () => {
    const { client, logOut } = await apiOf(stand(), account());
    await client.putLayout({ name: 'Desk', version: 0, document: { layout: '1.skew' } });
    await page().evaluate(() => {
      const saved = { Desk: { layout: '1.chain', version: 1 }, Expiry: { layout: '1.smile', version: 4 } };
      localStorage.setItem('deltastream.workspaces', JSON.stringify(saved));
    });
    await page().reload();
    const offer = page().getByRole('region', { name: 'Workspaces of this browser' });
    await offer.getByText('2 workspaces are saved in this browser alone: Desk, Expiry.').waitFor();
    await expectAccessible(page());
    await offer.getByRole('button', { name: 'Keep with your account' }).press('Enter');
    await page()
      .getByText('With your account now: Desk, Expiry; Desk is called Desk (browser) there.')
      .waitFor();
    const { layouts } = await client.listLayouts();
    const kept = await Promise.all(layouts.map(({ name }) => client.getLayout({ name })));
    expect(kept.map(({ name, document }) => [name, document])).toEqual([
      ['Desk', { layout: '1.skew' }],
      ['Desk (browser)', { layout: '1.chain' }],
      ['Expiry', { layout: '1.smile' }],
    ]);
    await page().reload();
    await page().getByRole('link', { name: account().email }).waitFor();
    expect(await offer.count()).toBe(0);
    for (const { name, version } of layouts) await client.deleteLayout({ name, version });
    await logOut();
  });
}

/** A workspace is arranged by keys, saved by name and shown by its link, with the figures of the API. */
export function workspacePage(stand: () => Stand): void {
  const layoutOf = (page: Page) => new URL(page.url()).searchParams.get('layout');
  const tabOf = (page: Page, name: string) => page.getByRole('tab', { name, exact: true });
  const hasFocus = (page: Page, name: string) =>
    tabOf(page, name).evaluate((element) => element === document.activeElement);

  it('adds a panel, moves it by keys, saves it by name, and is the same by its link elsewhere', async () => {
    const { at, expiry } = await stand().pastOf('SPY');
    const query = `product=SPY&expiry=${expiry}&at=${at}&oi=change&oi-window=30m`;
    const page = await stand().open(`/workspace?${query}&layout=1.R2.50.smile.50.pcr-history`);
    await tabOf(page, SMILE).waitFor();

    await page.getByRole('button', { name: 'Panels' }).press('Enter');
    await page.getByRole('dialog', { name: 'Panels' }).getByRole('combobox').fill(OI);
    await page.keyboard.press('Enter');
    await expect.poll(() => layoutOf(page)).toBe('1.R2.50.C2.50.smile.50.oi-profile.50.pcr-history');
    await expect.poll(() => hasFocus(page, OI)).toBe(true);
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => layoutOf(page)).toBe('1.R3.50.smile.25.pcr-history.25.oi-profile');
    await expect.poll(() => hasFocus(page, OI)).toBe(true);
    await page.keyboard.press('Control+ArrowRight');
    await expect.poll(() => layoutOf(page)).toBe('1.R3.47.smile.23.pcr-history.30.oi-profile');
    await menu(page, `Arrange ${SMILE}`, `As a tab beside ${OI}`);
    const arranged = '1.R2.43.pcr-history.57.oi-profile_*smile';
    await expect.poll(() => layoutOf(page)).toBe(arranged);
    await expect.poll(() => hasFocus(page, SMILE)).toBe(true);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await expect.poll(() => layoutOf(page)).toBe(arranged.replace('*', ''));

    await menu(page, 'Workspace', 'Save as');
    const dialog = page.getByRole('dialog', { name: 'Save as' });
    await dialog.getByLabel('Name').fill('Desk');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.goto(`${stand().url}/workspace?${query}`);
    const name = page.getByRole('combobox', { name: 'Workspace' });
    await expect.poll(() => name.inputValue()).toBe('Desk');
    await tabOf(page, OI).waitFor();

    await menu(page, 'Workspace', 'Link');
    const link = await page.getByLabel('Link', { exact: true }).inputValue();
    expect(link).toContain(`layout=${arranged.replace('*', '')}`);
    const other = await stand().open('/login');
    const asked: string[] = [];
    other.on('request', (request) => asked.push(request.url()));
    await other.goto(link);
    const shown = await tableOf(other, OI);
    const request = { product: 'SPY', expiry, at, window: '30m' } as const;
    const { strikes } = await stand().client.getOiChange(request);
    expect(shown.map((row) => row.slice(0, 4).map(numberOf))).toEqual(
      strikes.map(({ strike, call_oi, put_oi, call_oi_change }) => [strike, call_oi, put_oi, call_oi_change]),
    );
    // A tab that was not seen asks for nothing; one that is not seen any more neither.
    const smileAsked = () => asked.some((url) => url.includes('/smile'));
    expect(smileAsked()).toBe(false);
    await tabOf(other, SMILE).click();
    await expect.poll(smileAsked).toBe(true);
    await other.close();
    await page.close();
  });

  it('pins a panel to another product and expiry by keys, and is the same after a reload', async () => {
    const { at, expiry } = await stand().pastOf('BTC');
    const page = await stand().open(`/workspace?product=SPY&at=${at}&layout=1.R2.50.figures.50.smile`);
    const figures = 'Figures of the chain';
    const hasMenuFocus = () =>
      page
        .getByRole('button', { name: `Arrange ${figures}`, exact: true })
        .evaluate((element) => element === document.activeElement);
    const dialog = page.getByRole('dialog', { name: `Pin ${figures}` });
    await tabOf(page, figures).waitFor();
    await menu(page, `Arrange ${figures}`, 'Pin to a product');
    await dialog.waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await hasMenuFocus()).toBe(true);

    await menu(page, `Arrange ${figures}`, 'Pin to a product');
    await dialog.getByLabel('Product').selectOption('BTC');
    await dialog.getByLabel('Expiry').selectOption(expiry);
    await dialog.getByRole('button', { name: 'Pin', exact: true }).press('Enter');
    const pinned = `2.R2.50.figures*BTC*${expiry}.50.smile`;
    await expect.poll(() => layoutOf(page)).toBe(pinned);
    const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }).format(
      new Date(expiry),
    );
    await expect.poll(() => hasFocus(page, `${figures}: BTC, ${date}`)).toBe(true);
    await page.reload();
    const chain = await stand().client.getChain({ product: 'BTC', expiry, at });
    const rows = await tableOf(page, `${figures}: BTC, ${date}`);
    expect(rows.map(([, value]) => value)).toEqual(
      [
        chain.pcr_oi,
        chain.pcr_volume,
        chain.max_pain_strike,
        chain.atm_straddle_price,
        chain.atm_iv,
        chain.forward,
      ].map((value) => (value === null ? '–' : String(value))),
    );
    await tabOf(page, 'Smile').waitFor();

    await page.goto(`${stand().url}/workspace?product=SPY&layout=2.figures*ZZZ`);
    await page.getByText('ZZZ is not here').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await page
      .getByRole('region', { name: `${figures}: ZZZ` })
      .getByText('ZZZ is not here')
      .waitFor();
    await expectAccessible(page);
    await page.close();
  });

  it('refuses a layout that it cannot read, and leaves out panels that it does not have', async () => {
    const page = await stand().open('/workspace?product=SPY&layout=1.R2.50.chain.60.smile');
    const notice = page.getByRole('alert');
    await notice.getByText('the shares of a row add up to 110 percent').waitFor();
    await tabOf(page, 'Price').waitFor();
    await page.goto(`${stand().url}/workspace?product=SPY&layout=1.R2.50.tape.50.pain-curve_smile`);
    await notice.getByText('Left out, as this release has no panel of that name: tape.').waitFor();
    await tabOf(page, 'Smile').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    const order = () => page.locator('main').getByRole('region').getByRole('heading').allTextContents();
    await expect.poll(order).toEqual(['Pain by settlement', 'Smile']);
    expect(await page.getByRole('tab').count()).toBe(0);
    await page.close();
  });
}
