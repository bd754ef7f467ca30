import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import { panelOf, type Stand, tableOf } from '../stand.ts';

/** Administrators see who did what, when and from where, as the API has it. */
export function auditPanel(stand: () => Stand, shown: () => Page): void {
  const found = async (criteria = {}) =>
    (await stand().client.listLogs({ service: 'auth', fields: 'audit=true', ...criteria })).logs;

  it('lists security events, by what happened and to whom, and saves them', async () => {
    await shown().goto(`${stand().url}/admin`);
    const panel = await panelOf(shown(), 'Security events');
    const rows = async () =>
      (await tableOf(shown(), 'Security events')).map(([, , account, , , , request]) => [account, request]);
    const expected = async (criteria = {}) =>
      (await found(criteria))
        .slice(0, 50)
        .map(({ user_id, request_id }) => [user_id ?? '–', request_id ?? '–']);
    expect((await expected()).length).toBeGreaterThan(3);
    await expect.poll(rows).toEqual(await expected());
    expect(await panel.textContent()).toContain('an account was made');
    await panel.getByText(/^Events 1 to \d+ are as they were written\.$/).waitFor();

    await panel.getByLabel('What').selectOption('user_registered');
    await expect.poll(rows).toEqual(await expected({ event: 'user_registered' }));
    const [{ user_id }] = await found({ event: 'user_registered' });
    await panel.getByLabel('What').selectOption('');
    await panel.getByLabel('Account, by its id').fill(String(user_id));
    await panel.getByRole('button', { name: 'Search', exact: true }).click();
    await expect.poll(rows).toEqual(await expected({ user_id }));
    const download = shown().waitForEvent('download');
    await panel.getByRole('button', { name: 'Save all lines of the search as CSV' }).click();
    const csv = readFileSync(await (await download).path(), 'utf8');
    expect(csv.trimEnd().split('\r\n')).toHaveLength((await found({ user_id })).length + 1);

    await panel.getByLabel('Address').fill('203.0.113.1');
    await panel.getByRole('button', { name: 'Search', exact: true }).click();
    await panel.getByText('No security event is one that is looked for').waitFor();
    await expectAccessible(shown());
  });
}
