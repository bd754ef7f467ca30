import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import { panelOf, type Stand, tableOf } from '../stand.ts';
import { RANGE_QUERY, TRACE } from './sent-log.ts';
import { shownLines } from './shown-lines.ts';

/** A trace is shown as the API has it: its spans in time, with the keys of a tree, and its lines. */
export function tracePage(stand: () => Stand, shown: () => Page): void {
  const tree = () => shown().getByRole('treegrid', { name: 'Spans of the trace' });
  const names = () =>
    tree()
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => row.children[0].textContent ?? ''));

  it('is reached from a line, and shows spans and lines as the API has them', async () => {
    await shown().goto(`${stand().url}/logs?${RANGE_QUERY}&log-trace-id=${TRACE}&log-event=book_changed`);
    const lines = await panelOf(shown(), 'Log lines');
    await lines.locator('.line-open').first().click();
    await lines.getByRole('link', { name: 'Open the trace' }).click();
    await expect.poll(() => new URL(shown().url()).pathname).toBe(`/logs/traces/${TRACE}`);
    const trace = await stand().client.getTrace({ id: TRACE });
    expect(trace.spans).toHaveLength(4);
    await expect.poll(names).toEqual(trace.spans.map(({ name }) => name));
    const rows = await tree()
      .locator('tbody tr')
      .evaluateAll((all) =>
        all.map((row) => ({
          level: Number(row.getAttribute('aria-level')),
          outcome: row.children[4].textContent?.trim(),
          left: Number.parseFloat((row.querySelector('.span-bar') as HTMLElement).style.left),
          width: Number.parseFloat((row.querySelector('.span-bar') as HTMLElement).style.width),
        })),
      );
    for (const [i, { depth, outcome, start_after_ms, duration_ms }] of trace.spans.entries()) {
      expect(rows[i]).toMatchObject({ level: depth + 1, outcome });
      expect(rows[i].left).toBeCloseTo((100 * start_after_ms) / trace.duration_ms, 1);
      expect(rows[i].width).toBeCloseTo((100 * duration_ms) / trace.duration_ms, 1);
    }
    expect((await shownLines(shown(), 'Lines of the trace')).map(({ message }) => message)).toEqual(
      trace.logs.map(({ message }) => message),
    );
  });

  it('goes through the tree with the keyboard, folds it, and says all of a span', async () => {
    await tree().locator('tbody tr').first().focus();
    await shown().keyboard.press('ArrowDown');
    const said = shown().getByRole('region', { name: 'The chosen span' });
    await said.getByText('ask storage').waitFor();
    await shown().keyboard.press('ArrowLeft');
    await expect.poll(async () => (await names()).length).toBe(3);
    await shown().keyboard.press('ArrowRight');
    await shown().keyboard.press('ArrowRight');
    await said.getByText('read chain').waitFor();
    expect(await said.textContent()).toMatch(/outcomeerror/);
    await shown().keyboard.press('Home');
    await said.getByText('GET /api/data/chain/:product').waitFor();
    expect(await shown().evaluate(() => document.activeElement?.getAttribute('aria-level'))).toBe('1');
  });

  it.each(['light', 'dark'] as const)(
    'is accessible (%s), has a table, and fits a phone',
    async (colorScheme) => {
      await shown().emulateMedia({ colorScheme });
      await tree().waitFor();
      await expectAccessible(shown());
      const { spans } = await stand().client.getTrace({ id: TRACE });
      const rows = await tableOf(shown(), 'Trace');
      expect(rows.map((row) => [row[0], row[1], row[4], row[6]])).toEqual(
        spans.map(({ name, depth, start_after_ms, outcome }) => [
          name,
          String(depth),
          start_after_ms.toFixed(3),
          outcome,
        ]),
      );
      await (await panelOf(shown(), 'Trace')).getByRole('button', { name: 'As a table' }).click();
      await shown().setViewportSize({ width: 390, height: 900 });
      await expectAccessible(shown());
      expect(await shown().evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      await shown().setViewportSize({ width: 1440, height: 900 });
      await shown().emulateMedia({ colorScheme: 'light' });
    },
  );

  it('leads back to the search, and says of what is no trace that it is none', async () => {
    await shown().getByRole('link', { name: 'Log search' }).click();
    await expect.poll(() => new URL(shown().url()).searchParams.get('log-trace-id')).toBe(TRACE);
    await shown().goto(`${stand().url}/logs/traces/nothing`);
    await shown().getByText('“nothing” is no trace').first().waitFor();
    await shown().goto(`${stand().url}/logs/traces/${'f'.repeat(32)}`);
    await shown()
      .getByText(/no line of trace f{32} is stored/)
      .first()
      .waitFor();
    for (const each of stand().complaints.splice(0)) expect(each).toContain('404');
  });
}
