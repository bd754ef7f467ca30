import { readFileSync } from 'node:fs';
import { createClient, memorySession } from '@deltastream/client';
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type Account, accountOf } from '../../support/platform/accounts.ts';
import { expectAccessible } from '../accessibility.ts';
import { numberOf, panelOf, type Stand, tableOf } from '../stand.ts';

/** Until the next token is asked for: longer than a page takes to leave. */
const FRESH_MS = 2_000;

/** What of operations a platform without logins shows. */
export function adminPageOfAnyone(stand: () => Stand): void {
  it('shows the services to anybody, and for whom the rest of operations is', async () => {
    const page = await stand().open('/admin');
    const rows = await tableOf(page, 'Services');
    const { upstreams, platform } = await stand().client.getStatus();
    const names = [...upstreams, ...(platform?.services ?? [])].map(({ name }) => name);
    expect(rows.map(([name]) => name)).toEqual([...new Set(names)].sort());
    const access = page.getByRole('region', { name: 'Access' });
    expect(await access.textContent()).toMatch(/role admin.*not logged in.*--role admin/s);
    expect(await page.getByRole('region', { name: 'Workers' }).count()).toBe(0);
    await access.getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('Email').waitFor();
    expect(new URL(page.url()).searchParams.get('to')).toBe('/admin');
    await page.close();
  });
}

/** What of operations an administrator sees and does; the page is one that is logged in. */
export function adminPage(stand: () => Stand, loggedIn: () => Page, account: () => Account): void {
  const api = () => createClient({ baseUrl: stand().url, session: memorySession() });
  const confirm = (name: string) => loggedIn().getByRole('dialog').getByRole('button', { name }).click();
  /** Opens an address while the token is fresh: a page that is left while it asks for the next one is refused with the old one. */
  const reopen = async (address: string) => {
    const restMs = () =>
      loggedIn().evaluate(
        () => JSON.parse(localStorage.getItem('deltastream.session') ?? 'null').refresh_at - Date.now(),
      );
    await expect.poll(restMs, { interval: 50 }).toBeGreaterThan(FRESH_MS);
    await loggedIn().goto(stand().url + address);
  };

  it('shows administrators the services, workers and sockets as the API has them', async () => {
    const client = api();
    await client.login(account());
    await reopen('/admin');
    await loggedIn()
      .getByRole('button', { name: /^Halve/ })
      .first()
      .waitFor();
    await expectAccessible(loggedIn());
    const workers = await tableOf(loggedIn(), 'Workers');
    const { workers: expected } = await client.listWorkers();
    expect(workers.map((row) => row.slice(0, 4))).toEqual(
      expected.map((each) => [each.service, each.worker, String(each.concurrency), each.concurrency_from]),
    );
    const ids = async () => (await tableOf(loggedIn(), 'Sockets')).map(([id]) => id).sort();
    await expect
      .poll(async () => [await ids(), (await client.viewSockets()).connections.map(({ id }) => id).sort()])
      .toSatisfy(([shown, there]) => there.length > 0 && String(shown) === String(there));
  });

  it('says at an instant of the past which panels are of now, and lists the events until then', async () => {
    const at = new Date(Date.now() - 86_400_000).toISOString();
    await reopen(`/admin?at=${at}`);
    for (const title of ['Services', 'Workers', 'Streams', 'Sockets', 'Users', 'Dead letters']) {
      const panel = await panelOf(loggedIn(), title);
      await panel.getByText('of now, not of the instant shown').waitFor();
    }
    const events = await panelOf(loggedIn(), 'Security events');
    await events.getByText('No security event is kept until the instant shown.').waitFor();
    expect(await events.getByText('of now').count()).toBe(0);
    await expectAccessible(loggedIn());
    // Nothing of the market is stored of then.
    expect(stand().complaints.splice(0)).toSatisfy((all: string[]) =>
      all.every((each) => each.includes('404')),
    );
    await reopen('/admin');
    await panelOf(loggedIn(), 'Security events');
    await events.getByRole('row').nth(1).waitFor();
    expect(await loggedIn().getByText('of now, not').count()).toBe(0);
  });

  it('shows how far each group of the bus is behind, as the API has it', async () => {
    const client = api();
    await client.login(account());
    const named = async () =>
      (await tableOf(loggedIn(), 'Streams')).map(([topic, group]) => `${topic} ${group}`);
    const expected = async () =>
      (await client.listStreams()).streams.map((each) => `${each.topic} ${each.group}`);
    await expect
      .poll(async () => [await named(), await expected()])
      .toSatisfy(
        ([shown, there]) => there.includes('enriched:chains storage') && String(shown) === String(there),
      );
    const storage = (await tableOf(loggedIn(), 'Streams')).find(
      ([topic, group]) => topic === 'enriched:chains' && group === 'storage',
    );
    // Nobody is behind for longer than a moment on a platform that is well.
    expect(numberOf(storage?.[2] ?? '')).toBeLessThan(1_000);
    expect(storage?.slice(7)).toEqual(['0', '0', '0']);
  });

  it('lists the accounts, changes a role, disables one, and keeps the last administrator', async () => {
    const client = api();
    await client.login(account());
    const other = accountOf('other');
    const session = await api().register(other);
    const panel = await panelOf(loggedIn(), 'Users');
    const act = async (action: string, of: string) => {
      await panel.getByRole('button', { name: `${action} ${of}` }).click();
      await confirm(action);
    };
    const rowOf = async (email: string) =>
      (await tableOf(loggedIn(), 'Users')).find((row) => row[0] === email)?.slice(2, 4);
    const opener = panel.getByRole('button', { name: `Sessions of ${other.email}` });
    await opener.press('Enter');
    expect(await opener.getAttribute('aria-expanded')).toBe('true');
    const sessions = panel.getByRole('region', { name: `Sessions of ${other.email}, the newest first` });
    const [live] = (await client.listUserSessions({ user_id: session.user.id })).sessions;
    await sessions.getByRole('row').filter({ hasText: live.device }).getByText(live.network).waitFor();
    await expectAccessible(loggedIn());
    await act('End sessions', other.email);
    await panel.getByText(`${other.email} is logged in nowhere.`).waitFor();
    await opener.press('Enter');
    await panel.getByText(`${other.email} is logged in nowhere.`).waitFor({ state: 'hidden' });
    await act('Make trader', other.email);
    await expect.poll(() => rowOf(other.email)).toEqual(['trader', 'active']);
    await act('Disable', other.email);
    await expect.poll(async () => (await rowOf(other.email))?.[1]).toMatch(/^disabled since/);
    await expect(api().login(other)).rejects.toMatchObject({ code: 'account_disabled' });
    await expect(api().refresh({ refresh_token: session.refresh_token })).rejects.toMatchObject({
      status: 401,
    });
    const { users } = await client.listUsers();
    const shown = (await tableOf(loggedIn(), 'Users')).map((row) => [row[0], row[2]]);
    expect(shown).toEqual(users.map(({ email, role }) => [email, role]));
    await act('Disable', account().email);
    await panel
      .getByRole('alert')
      .filter({ hasText: /only administrator/ })
      .waitFor();
    expect(stand().complaints.splice(0)).toEqual([expect.stringContaining('409')]);
  });

  it('shows a dead letter with its payload, replays and discards it', async () => {
    const client = api();
    await client.login(account());
    const order = { kind: 'ticks', product: 'NOPE', from: '2026-08-19T00:00:00Z' } as const;
    await client.createExport({ ...order, to: '2026-08-20T00:00:00Z' });
    const panel = await panelOf(loggedIn(), 'Dead letters');
    await panel.getByRole('button', { name: 'Show the job of export' }).click();
    await panel.getByText('"product": "NOPE"').waitFor();
    const { letters } = await client.listDeadLetters();
    expect(letters).toHaveLength(1);

    await panel.getByRole('button', { name: 'Replay the job of export' }).click();
    await confirm('Replay');
    const died = async () => (await client.listDeadLetters()).letters[0]?.timestamp ?? '';
    await expect.poll(died).toSatisfy((timestamp) => timestamp > letters[0].timestamp);
    await panel.getByRole('button', { name: 'Discard the job of export' }).click();
    await confirm('Cancel');
    await panel.getByRole('button', { name: 'Discard the job of export' }).click();
    await confirm('Discard');
    await panel.getByText('There are none.').waitFor();
    expect((await client.listDeadLetters()).count).toBe(0);
  });

  it('starts an export and a recomputation, shows their progress, and saves the file', async () => {
    const client = api();
    await client.login(account());
    const { products } = await client.listProducts();
    const { product, timestamp } = products[0];
    const minute = (from: number) => new Date(Date.parse(timestamp ?? '') + from).toISOString().slice(0, 16);

    const fill = async (form: Locator) => {
      await form.getByRole('combobox', { name: 'Product', exact: true }).selectOption(product);
      await form.getByLabel('From, UTC').fill(minute(-120_000));
      await form.getByLabel('To, UTC, exclusive').fill(minute(60_000));
    };
    const exports = await panelOf(loggedIn(), 'Exports');
    await exports.getByLabel('What').selectOption('ticks');
    await fill(exports.getByRole('form', { name: 'New export' }));
    await exports.getByRole('button', { name: 'Export', exact: true }).click();
    const download = loggedIn().waitForEvent('download');
    await exports.getByRole('button', { name: /^Download/ }).click();
    const csv = readFileSync(await (await download).path(), 'utf8');
    const done = (await client.listExports()).exports.find(({ state }) => state === 'done');
    expect(csv.trim().split('\r\n')).toHaveLength((done?.progress?.rows ?? 0) + 1);
    const rows = await tableOf(loggedIn(), 'Exports');
    expect(rows.map((row) => [row[0], row[4]])).toContainEqual([
      product,
      done?.progress?.rows.toLocaleString('en-US'),
    ]);

    const recomputes = await panelOf(loggedIn(), 'Recomputations');
    await fill(recomputes.getByRole('form', { name: 'New recomputation' }));
    await recomputes.getByRole('button', { name: 'Recompute', exact: true }).click();
    await recomputes.getByText('done').waitFor();
    const { recomputes: all } = await client.listRecomputes();
    const [row] = await tableOf(loggedIn(), 'Recomputations');
    expect([row[0], row[3], numberOf(row[5])]).toEqual([product, 'dry run', all[0].progress?.chains]);
    await expectAccessible(loggedIn());
  });
}
