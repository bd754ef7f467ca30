import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticatorOf } from '../../packages/server/src/services/auth/login/authenticator.fixture.ts';
import {
  CLIENT,
  REDIRECT_URI,
  startIssuer,
} from '../../packages/server/src/services/auth/login/external/oidc-issuer.fixture.ts';
import { haveBrowser } from '../support/clients/browser.ts';
import { type Account, createAccount, FAST_PASSWORDS } from '../support/platform/accounts.ts';
import { expectAccessible } from './accessibility.ts';
import { adminPage } from './pages/admin.ts';
import { workspaceOfAccount, workspacesOfBrowser } from './pages/workspace.ts';
import { createStand, panelOf, type Stand, tableOf } from './stand.ts';

/** So short that it ends while the tests go on. */
const TOKEN_SECONDS = 10;

describe.runIf(haveBrowser)('the dashboard of a platform that requires tokens', () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let stand: Stand;
  let page: Page;
  let tab: Page;
  let account: Account;

  beforeAll(async () => {
    issuer = await startIssuer();
    const provider = ['--oidc-issuer', issuer.url, '--oidc-redirect-uri', REDIRECT_URI];
    const { clientId, clientSecret } = CLIENT;
    provider.push('--oidc-client-id', clientId, '--oidc-client-secret', clientSecret);
    const tokens = ['--auth-required', '--access-token-seconds', String(TOKEN_SECONDS)];
    // Nothing of the past is looked at here; making one of each product would keep a core busy for the half of it.
    const market = ['--products', 'NIFTY,BTC', '--synthetic-history', '0'];
    stand = await createStand([...market, ...tokens, ...provider, ...FAST_PASSWORDS], {
      async prepare(data) {
        account = await createAccount(data, 'admin', 'admin');
      },
    });
    page = await stand.open('/chain?product=NIFTY');
  });

  afterAll(async () => {
    await stand?.close();
    await issuer?.stop();
  });

  const stored = (of: Page) =>
    of.evaluate(() => JSON.parse(localStorage.getItem('deltastream.session') ?? 'null'));
  const live = (of: Page) => of.getByRole('status').getByText('Live', { exact: true });

  async function logIn(code?: string, on = page): Promise<void> {
    await on.getByLabel('Email').fill(account.email);
    await on.getByLabel('Password').fill(account.password);
    await on.getByRole('button', { name: 'Log in' }).click();
    if (code === undefined) return;
    await on.getByLabel('Code').fill(code);
    await on.getByRole('button', { name: 'Log in' }).click();
  }

  /** A refusal that was meant: the browser notes it, and nothing else. */
  const expectRefused = async () => {
    await expect.poll(() => stand.complaints).toEqual([expect.stringContaining('401')]);
    stand.complaints.length = 0;
  };

  it('asks for a login instead of showing errors, and says what is wrong with one', async () => {
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    expect(stand.complaints).toEqual([]);
    await expectAccessible(page);
    await page.getByLabel('Email').fill(account.email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page
      .getByRole('alert')
      .getByText(/password/)
      .waitFor();
    await expectRefused();
  });

  it('keeps the focus on a button while its request is pending, and sends that once', async () => {
    const answered = Promise.withResolvers<void>();
    let asked = 0;
    await page.route('**/api/auth/login', async (route) => {
      asked++;
      await answered.promise;
      await route.continue();
    });
    await page.getByLabel('Password').fill('not the password either');
    const button = page.getByRole('button', { name: 'Log in' });
    await button.press('Enter');
    await expect.poll(() => button.getAttribute('aria-disabled')).toBe('true');
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    await button.press('Enter');
    await page.getByLabel('Password').press('Enter');
    answered.resolve();
    await expectRefused();
    expect(asked).toBe(1);
    await page.unroute('**/api/auth/login');
  });

  it('is at the address that was asked for after the login, in every tab and after a reload', async () => {
    await logIn();
    await panelOf(page, 'Option chain');
    expect(new URL(page.url()).search).toContain('product=NIFTY');
    await live(page).waitFor();
    await page.reload();
    await page.getByRole('link', { name: account.email }).waitFor();
    tab = await stand.openBeside(page, '/chain?product=NIFTY');
    await live(tab).waitFor();
  });

  it('makes an API key, shows it once, and revokes it', async () => {
    await page.getByRole('link', { name: account.email }).click();
    const keys = await panelOf(page, 'API keys');
    await keys.getByLabel('Name').fill('notebook');
    await keys.getByLabel('Your password').fill(account.password);
    await keys.getByRole('button', { name: 'Create the key' }).click();
    const key = (await keys.getByText(/^ds_/).textContent()) ?? '';
    const status = async () => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`${stand.url}/api/data/products`, { headers })).status;
    };
    expect(await status()).toBe(200);
    await keys.getByRole('button', { name: 'I have kept it' }).click();
    await expect.poll(() => page.locator('body').textContent()).not.toContain(key);
    await expectAccessible(page);

    await keys.getByRole('button', { name: 'Revoke notebook' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await expect.poll(status).toBe(401);
    await expect.poll(() => keys.getByText('notebook').count()).toBe(0);
    // The row that had the focus is gone.
    await expect.poll(() => keys.evaluate((panel) => panel.contains(document.activeElement))).toBe(true);
  });

  it('lists sessions by browser and system, with all that each called itself, and revokes one', async () => {
    const other = await stand.client.login(account);
    const panel = await panelOf(page, 'Sessions');
    const device = panel.getByRole('button', { name: /^Headless Chrome \d+ on Linux$/ });
    await device.focus();
    await panel.getByText(/^Mozilla.* HeadlessChrome/).waitFor();
    await expectAccessible(page);
    await device.press('Escape');
    await panel.getByText(/^Mozilla/).waitFor({ state: 'hidden' });
    await panel.getByRole('button', { name: /^Revoke/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await expect.poll(async () => (await tableOf(page, 'Sessions')).length).toBe(1);
    const { refresh_token } = other;
    await expect(stand.client.refresh({ refresh_token })).rejects.toMatchObject({ code: 'invalid_token' });
  });

  it('keeps preferences with the account, so that another device shows what was chosen here', async () => {
    const themeOf = (of: Page) => of.evaluate(() => document.documentElement.dataset.theme);
    const chosen = async (theme: string) => {
      const panel = await panelOf(page, 'Preferences');
      await panel.getByText('kept with your account').waitFor();
      const stored = page.waitForResponse(
        (response) =>
          response.request().method() === 'PUT' && response.url().endsWith('/api/auth/preferences'),
      );
      await panel.getByLabel('Theme').selectOption(theme);
      expect((await stored).status()).toBe(200);
    };
    await chosen('dark');
    const device = await stand.open('/account');
    expect(await themeOf(device)).toBeUndefined();
    await logIn(undefined, device);
    await expect.poll(() => themeOf(device)).toBe('dark');
    const panel = await panelOf(device, 'Preferences');
    expect(await panel.getByLabel('Theme').inputValue()).toBe('dark');
    await device.getByRole('button', { name: 'Log out', exact: true }).click();
    await device.getByLabel('Email').waitFor();
    await device.context().close();
    await chosen('system');
  });

  workspaceOfAccount(
    () => stand,
    () => page,
    () => account,
  );

  workspacesOfBrowser(
    () => stand,
    () => page,
    () => account,
  );

  adminPage(
    () => stand,
    () => page,
    () => account,
  );

  it('goes on in both tabs when the token is over', async () => {
    const { expires_at } = await stored(page);
    await expect
      .poll(() => Date.now(), { timeout: 2 * TOKEN_SECONDS * 1_000, interval: 200 })
      .toBeGreaterThan(expires_at);
    for (const each of [page, tab]) {
      await live(each).waitFor();
      expect((await stored(each)).expires_at).toBeGreaterThan(expires_at);
    }
    const price = tab.locator('.spot');
    const before = await price.textContent();
    await expect.poll(() => price.textContent(), { timeout: 5_000 }).not.toBe(before);
    expect(stand.complaints).toEqual([]);
  });

  /** Sets up an authenticator for who is logged in; the recovery codes. An account of a provider has no password. */
  async function setUpSecondFactor(email: string, password?: string): Promise<string[]> {
    await page.getByRole('link', { name: email }).click();
    const panel = await panelOf(page, 'Second factor');
    if (password !== undefined) await panel.getByLabel('Your password').fill(password);
    await panel.getByRole('button', { name: 'Set up an authenticator' }).click();
    await panel.getByRole('img', { name: 'QR code for an authenticator' }).waitFor();
    const secret = await panel.locator('code').textContent();
    const codeNow = authenticatorOf(`otpauth://totp/x?secret=${secret}`, { now: () => Date.now() } as never);
    await panel.getByLabel('First code').fill(codeNow());
    await panel.getByRole('button', { name: 'Put it in force' }).click();
    await panel.getByText('shown only now').waitFor();
    const codes = await panel.getByRole('listitem').allTextContents();
    await panel.getByRole('button', { name: 'I have kept them' }).click();
    await panel.getByText('10 recovery codes left').waitFor();
    return codes;
  }

  it('puts a second factor in force, and asks for it at the next login in all tabs', async () => {
    const recoveryCodes = await setUpSecondFactor(account.email, account.password);
    expect(recoveryCodes).toHaveLength(10);
    const panel = await panelOf(page, 'Second factor');
    const answered = Promise.withResolvers<void>();
    await page.route('**/api/auth/logout', async (route) => {
      await answered.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Log out', exact: true }).click();
    await page.getByText('Logging out…').waitFor();
    await tab.getByText('Logging out…').waitFor();
    for (const each of [page, tab]) expect(await each.getByLabel('Email').count()).toBe(0);
    answered.resolve();
    for (const each of [page, tab]) await each.getByLabel('Email').waitFor();
    expect(await stored(page)).toBeNull();
    await logIn(recoveryCodes[0]);
    await expectRefused();
    for (const each of [page, tab]) await each.getByRole('link', { name: account.email }).waitFor();
    await panel.getByText('9 recovery codes left').waitFor();
  });

  it('logs in at a provider, and says to viewers for whom operations are', async () => {
    await page.getByRole('button', { name: 'Log out', exact: true }).click();
    await page.getByLabel('Email').waitFor();
    await page.route(`${issuer.url}/authorize*`, (route) => {
      const location = `${stand.url}/login${issuer.authorize(route.request().url())}`;
      return route.fulfill({ status: 302, headers: { location } });
    });
    await page.goto(`${stand.url}/admin`);
    await page.getByRole('button', { name: 'Continue with sso' }).click();
    await page.getByRole('link', { name: 'trader@example.com' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/admin');
    await page.getByText('yours is viewer').waitFor();
    expect(await page.getByRole('region', { name: 'Workers' }).count()).toBe(0);
  });

  it('asks for the second factor once the provider has sent the reader back, and stores no code', async () => {
    const [code] = await setUpSecondFactor('trader@example.com');
    await page.getByRole('button', { name: 'Log out', exact: true }).click();
    const again = page.getByRole('button', { name: 'Continue with sso' });
    await again.click();
    await page.getByText('This account has a second factor').waitFor();
    await expectRefused();
    await again.click();
    await page.getByLabel('Code').fill(code);
    const expectNotStored = async () =>
      expect(
        await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }])),
      ).not.toContain(code);
    await expectNotStored();
    await page.getByRole('button', { name: 'Complete the login' }).click();
    await page.getByRole('link', { name: 'trader@example.com' }).waitFor();
    await expectNotStored();
    expect(new URL(page.url()).pathname).toBe('/account');
  });

  it('complains about nothing', () => expect(stand.complaints).toEqual([]));
});
