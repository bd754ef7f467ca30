import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import { panelOf, type Stand } from '../stand.ts';
import type { LogSender } from './sent-log.ts';
import { shownLines } from './shown-lines.ts';

/** Lines are shown as they come, by the criteria of the search, also after the server was away. */
export function logTail(stand: () => Stand, shown: () => Page, sender: () => LogSender): void {
  const messages = async () => (await shownLines(shown())).map(({ message }) => message);
  const send = (message: string, level = 'warn') => sender().send({ service: 'followed', level, message });
  const newest = async () => (await messages()).slice(0, 2);

  it('shows a line as it comes, above those that were there, by the criteria', async () => {
    await send('was there');
    await shown().goto(`${stand().url}/logs?log-service=followed&log-level=warn`);
    const panel = await panelOf(shown(), 'Log lines');
    await panel.getByRole('button', { name: 'Follow' }).click();
    await panel.getByText(/as they come; 1 shown/).waitFor();
    expect(new URL(shown().url()).searchParams.get('log-follow')).toBe('on');
    await send('not looked for', 'info');
    await send('comes');
    await expect.poll(newest).toEqual(['comes', 'was there']);
    await expectAccessible(shown());
  });

  it('keeps what one reads in its place while further lines wait', async () => {
    const panel = await panelOf(shown(), 'Log lines');
    await panel.getByRole('button', { name: 'Pause' }).click();
    await send('waits');
    await panel.getByRole('button', { name: 'Go on (1 new)' }).waitFor();
    expect(await newest()).toEqual(['comes', 'was there']);
    await panel.getByRole('button', { name: /^Go on/ }).click();
    await expect.poll(newest).toEqual(['waits', 'comes']);
    await panel.locator('.line-open').first().click();
    await panel.getByRole('button', { name: 'Go on' }).waitFor();
    await panel.getByRole('button', { name: 'Go on' }).click();
  });

  it('connects again after the server was away, and has the lines of that time', async () => {
    const panel = await panelOf(shown(), 'Log lines');
    await stand().stopPlatform();
    await panel.getByText('connection away, trying again').waitFor();
    await stand().startPlatform();
    await expect.poll(() => panel.getByText('connection away, trying again').count()).toBe(0);
    await send('after the return');
    await expect.poll(newest).toEqual(['after the return', 'waits']);
    // Of a server that is away the browser notes every request.
    stand().complaints.length = 0;
    await panel.getByRole('button', { name: 'Follow' }).click();
    await expect.poll(() => new URL(shown().url()).searchParams.has('log-follow')).toBe(false);
    await expect.poll(newest).toEqual(['after the return', 'waits']);
  });
}
