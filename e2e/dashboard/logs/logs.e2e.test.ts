import { createClient, memorySession } from '@deltastream/client';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser } from '../../support/clients/browser.ts';
import {
  type Account,
  accountOf,
  createAccount,
  FAST_PASSWORDS,
  register,
} from '../../support/platform/accounts.ts';
import { createStand, type Stand } from '../stand.ts';
import { auditPanel } from './audit-panel.ts';
import { logSearch } from './log-search.ts';
import { logTail } from './log-tail.ts';
import { type LogSender, RANGE_QUERY, sendLog, TRACE } from './sent-log.ts';
import { tracePage } from './trace-page.ts';

describe.runIf(haveBrowser)('the log in the dashboard', () => {
  let stand: Stand;
  let page: Page;
  let admin: Account;
  let sender: LogSender;
  const viewer = accountOf('viewer');

  beforeAll(async () => {
    const started = await createStand(['--products', 'NIFTY', ...FAST_PASSWORDS], {
      async prepare(data) {
        admin = await createAccount(data, 'admin', 'admin');
      },
    });
    // The API as an administrator has it.
    const client = createClient({ baseUrl: started.url, session: memorySession() });
    stand = { ...started, client };
    await client.login(admin);
    sender = await sendLog(stand.url, admin);
    page = await logIn(admin);
  });
  afterAll(() => stand?.close());

  /** A page whose reader is logged in. */
  async function logIn({ email, password }: Account): Promise<Page> {
    const opened = await stand.open('/login?to=/admin');
    await opened.getByLabel('Email').fill(email);
    await opened.getByLabel('Password').fill(password);
    await opened.getByRole('button', { name: 'Log in' }).click();
    await opened.getByRole('link', { name: email }).waitFor();
    return opened;
  }
  const entry = (of: Page) =>
    of.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Logs' });

  it('is neither offered nor shown to others than administrators', async () => {
    await register(stand.url, viewer);
    const anybody = await stand.open('/chain');
    const other = await logIn(viewer);
    for (const [reader, words] of [
      [anybody, 'you are not logged in'],
      [other, 'yours is viewer'],
    ] as const) {
      const asked: string[] = [];
      reader.on('request', (request) => request.url().includes('/api/logs') && asked.push(request.url()));
      await reader.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Admin' }).waitFor();
      expect(await entry(reader).count()).toBe(0);
      for (const path of ['/logs', `/logs/traces/${TRACE}`]) {
        await reader.goto(`${stand.url}${path}?${RANGE_QUERY}`);
        await reader.getByText(words).waitFor();
        expect(
          await reader
            .getByRole('region')
            .filter({ hasText: /Log search|Lines of/ })
            .count(),
        ).toBe(0);
      }
      expect(asked).toEqual([]);
      await reader.context().close();
    }
  });

  it('is in the rail of an administrator, and its page by a key', async () => {
    await entry(page).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/logs');
    expect(await entry(page).getAttribute('aria-current')).toBe('page');
  });

  logSearch(
    () => stand,
    () => page,
  );
  logTail(
    () => stand,
    () => page,
    () => sender,
  );
  tracePage(
    () => stand,
    () => page,
  );
  auditPanel(
    () => stand,
    () => page,
  );

  it('complains about nothing', () => expect(stand.complaints).toEqual([]));
});
