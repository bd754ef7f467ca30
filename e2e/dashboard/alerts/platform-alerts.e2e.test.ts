import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser } from '../../support/clients/browser.ts';
import { type Account, createAccount, FAST_PASSWORDS } from '../../support/platform/accounts.ts';
import { createStand, panelOf, type Stand, tableOf } from '../stand.ts';

const RULE = 'The disk is nearly full';

describe.runIf(haveBrowser)("the platform's own alerts, for its administrators", () => {
  let stand: Stand;
  let page: Page;
  let account: Account;
  let received = 0;
  const target = createServer((_request, response) => {
    received += 1;
    response.end();
  });

  beforeAll(async () => {
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    const market = ['--products', 'NIFTY', '--synthetic-history', '0'];
    const access = ['--auth-required', ...FAST_PASSWORDS, '--alert-targets', `127.0.0.1:${port}`];
    stand = await createStand([...market, ...access], {
      async prepare(data) {
        account = await createAccount(data, 'admin', 'admin');
      },
    });
    page = await stand.open('/alerts');
    await page.getByLabel('Email').fill(account.email);
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('button', { name: 'Log in' }).click();
  });
  afterAll(async () => {
    await stand?.close();
    target.close();
  });

  it('get a channel that is tried, named in a rule that was shipped, and removed', async () => {
    const channels = await panelOf(page, 'Channels');
    await channels.getByRole('button', { name: "The platform's" }).click();
    await channels.getByLabel('Kind', { exact: true }).selectOption('webhook');
    await channels.getByLabel('Name', { exact: true }).fill('Ops');
    const { port } = target.address() as AddressInfo;
    await channels.getByLabel('URL', { exact: true }).fill(`http://127.0.0.1:${port}/`);
    await channels.getByRole('button', { name: 'Add the channel' }).click();
    await channels.getByRole('button', { name: 'I have kept it' }).click();
    await channels.getByRole('button', { name: 'Test Ops' }).click();
    await channels.getByText(/^Ops: delivered in \d+ ms\.$/).waitFor();
    expect(received).toBe(1);
    expect(await tableOf(page, 'Deliveries')).toEqual([
      expect.arrayContaining(['Ops', 'webhook', 'delivered']),
    ]);

    const rule = page.getByRole('listitem', { name: RULE, exact: true });
    await rule.getByRole('button', { name: 'Edit' }).click();
    await page
      .getByRole('form', { name: `Change ${RULE}` })
      .getByLabel('Ops (webhook)')
      .check();
    await page.getByRole('button', { name: 'Save the rule' }).click();
    await rule.getByText(/→ 1 channel$/).waitFor();

    await channels.getByRole('button', { name: 'Delete Ops' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await channels.getByText('Ops', { exact: true }).waitFor({ state: 'detached' });
  });

  it('complain about nothing', () => {
    // Before the log-in the page is refused, which the browser notes.
    expect(stand.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });
});
