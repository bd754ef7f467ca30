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

/** Workspaces of who is logged in are those of the account, on every device. */
export function workspaceOfAccount(stand: () => Stand, page: () => Page, account: () => Account): void {
  it('keeps workspaces with the account, and overwrites none that another device saved meanwhile', async () => {
    const { token, refresh_token } = await stand().client.login(account());
    const url = `${stand().url}/api/auth/layouts/Desk`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const stored = async () => (await fetch(url, { headers })).json();

    await page().goto(`${stand().url}/workspace?product=NIFTY&layout=1.figures`);
    await menu(page(), 'Workspace', 'Save as');
    await page().getByRole('dialog', { name: 'Save as' }).getByLabel('Name').fill('Desk');
    await page().keyboard.press('Enter');
    await expect.poll(async () => (await stored()).document).toEqual({ layout: '1.figures' });

    await page().getByRole('dialog', { name: 'Save as' }).waitFor({ state: 'detached' });
    const { version } = await stored();
    const elsewhere = JSON.stringify({ version, document: { layout: '1.chain' } });
    expect((await fetch(url, { method: 'PUT', headers, body: elsewhere })).status).toBe(200);
    await page().getByRole('button', { name: 'Close Figures of the chain' }).click();
    await page().getByRole('button', { name: 'Save', exact: true }).click();
    await page().getByRole('alert').getByText('saved or deleted elsewhere').waitFor();
    expect((await stored()).document).toEqual({ layout: '1.chain' });
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
    expect((await stored()).document).toEqual({ layout: '1.chain' });

    const link = '/workspace?product=NIFTY&workspace=Desk&layout=1.smile';
    const ofLink = await stand().openBeside(page(), link);
    await ofLink.getByText('from a link, not saved').waitFor();
    await ofLink.getByRole('button', { name: 'Save', exact: true }).click();
    const question = ofLink.getByRole('dialog', { name: 'Replace Desk?' });
    await question.getByText('came by a link').waitFor();
    await question.getByRole('button', { name: 'Replace' }).click();
    await expect.poll(async () => (await stored()).document).toEqual({ layout: '1.smile' });
    await ofLink.close();

    await page().goto(`${stand().url}/workspace?product=NIFTY`);
    await page().getByRole('tab', { name: 'Smile' }).waitFor();
    await menu(page(), 'Workspace', 'Delete');
    await page().getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(async () => (await stored()).status).toBe(404);
    await stand().client.logout({ refresh_token });
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
