import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import { numberOf, panelOf, type Stand, tableOf } from '../stand.ts';
import { LINES, RANGE, RANGE_QUERY, TRACE } from './sent-log.ts';
import { allLines, shownLines } from './shown-lines.ts';

/** The page of the log shows what the API finds, by the same criteria. */
export function logSearch(stand: () => Stand, shown: () => Page): void {
  const go = (query = '') => shown().goto(`${stand().url}/logs?product=NIFTY&${RANGE_QUERY}${query}`);
  const api = (criteria = {}) => stand().client.listLogs({ ...RANGE, ...criteria, limit: 1_000 });
  const parameter = (name: string) => new URL(shown().url()).searchParams.get(name);

  it('lists every line of a range, newest first, page after page', async () => {
    await go();
    const { logs } = await api();
    const first = await shownLines(shown());
    expect(first.slice(0, 10)).toEqual(
      logs.slice(0, 10).map(({ level, service, event, message }) => ({ level, service, event, message })),
    );
    const messages = await allLines(shown(), logs.length);
    expect(messages).toEqual(logs.map(({ message }) => message));
    expect(messages.length).toBeGreaterThanOrEqual(LINES);
    await shown().getByText('These are all lines of the search.').waitFor();
  });

  it('counts lines by time and level as the API does, in a table, too', async () => {
    await go();
    const { client } = stand();
    const { step, steps } = await client.getLogHistogram({ ...RANGE, step: 10 });
    const rows = await tableOf(shown(), 'Lines by time');
    expect(step).toBe(10);
    expect(rows).toHaveLength(60);
    const of = (levels: readonly string[]) =>
      steps.map(({ groups }) =>
        groups.reduce((sum, { values, count }) => sum + (levels.includes(values[0] ?? '') ? count : 0), 0),
      );
    const withLines = rows.filter(([, all]) => numberOf(all) !== 0);
    expect(withLines.map((row) => numberOf(row[2]))).toEqual(of(['error', 'fatal']));
    expect(withLines.map((row) => numberOf(row[3]))).toEqual(of(['warn']));
    expect(withLines.map((row) => numberOf(row[4]))).toEqual(of(['info']));
    expect(withLines.map((row) => numberOf(row[5]))).toEqual(of(['debug', 'trace']));
    const panel = await panelOf(shown(), 'Lines by time');
    await panel.getByRole('button', { name: 'As a table' }).click();
  });

  it('takes a range from the histogram with the keyboard and with the mouse', async () => {
    await go();
    const panel = await panelOf(shown(), 'Lines by time');
    const plot = panel.getByRole('slider', { name: 'Lines by time' });
    await plot.focus();
    await plot.press('Home');
    for (let i = 0; i < 6; i++) await plot.press('ArrowRight');
    for (let i = 0; i < 5; i++) await plot.press('Shift+ArrowRight');
    expect(await plot.getAttribute('aria-valuetext')).toContain('6 bars');
    await plot.press('Enter');
    const minute = (i: number) => new Date(Date.parse(RANGE.from) + i * 60_000).toISOString();
    await expect.poll(() => [parameter('log-from'), parameter('log-to')]).toEqual([minute(1), minute(2)]);
    const { count } = await stand().client.listLogs({ from: minute(1), to: minute(2), limit: 1_000 });
    await panel.getByText(`${count} lines, by`).waitFor();

    await shown().goBack();
    await expect.poll(() => parameter('log-to')).toBe(RANGE.to);
    await panel.getByText(/by 10 s/).waitFor();
    const box = await plot.boundingBox();
    if (box === null) throw new Error('the histogram is not shown');
    const at = (share: number) => [box.x + share * box.width, box.y + box.height / 2] as const;
    await shown().mouse.move(...at(0.505));
    await shown().mouse.down();
    await shown().mouse.move(...at(0.995), { steps: 4 });
    await shown().mouse.up();
    await expect.poll(() => [parameter('log-from'), parameter('log-to')]).toEqual([minute(5), minute(10)]);
  });

  it('finds by text, level, names, ids and fields, as they are typed', async () => {
    await go();
    const form = shown().getByRole('form', { name: 'Log search' });
    const search = async (criteria: object) => {
      await expect
        .poll(async () => (await shownLines(shown())).map(({ message }) => message).slice(0, 20))
        .toEqual((await api(criteria)).logs.map(({ message }) => message).slice(0, 20));
    };
    await form.getByLabel('Level').selectOption('warn');
    await search({ level: 'warn' });
    await form.getByLabel('Service').fill('books');
    await form.getByLabel('Event').fill('quote_priced');
    await form.getByRole('button', { name: 'Search' }).click();
    await search({ level: 'warn', service: 'books', event: 'quote_priced' });
    await shown().reload();
    await search({ level: 'warn', service: 'books', event: 'quote_priced' });
    await shown().getByRole('button', { name: 'Clear' }).click();
    await go();
    await form.getByLabel('Text in message or fields').fill('SOURCE-1');
    await form.getByLabel('Fields, as status=503').fill('status=200');
    await form.getByLabel('Fields, as status=503').press('Enter');
    await search({ text: 'SOURCE-1', fields: 'status=200' });
  });

  it('opens a line with the keyboard, and looks for what it says', async () => {
    await go('&log-text=line+3&log-service=books');
    const panel = await panelOf(shown(), 'Log lines');
    const rows = panel.locator('.line-open');
    await rows.first().focus();
    await shown().keyboard.press('End');
    await expect.poll(() => shown().evaluate(() => document.activeElement?.className)).toBe('line-open');
    const found = (await api({ text: 'line 3', service: 'books' })).logs;
    await shown().keyboard.press('Enter');
    const said = panel.locator('.line-details');
    await said.waitFor();
    const last = found.at(-1);
    expect(last).toMatchObject({ message: 'line 3', trace_id: TRACE });
    const text = (await said.textContent()) ?? '';
    for (const words of [last?.timestamp, 'source.name', 'source-1', 'request-3', TRACE])
      expect(text).toContain(words);
    await expectAccessible(shown());
    await said.getByRole('button', { name: 'only these: lines of this source.name' }).click();
    await expect.poll(() => parameter('log-fields')).toBe('source.name=source-1');
    await shown().goBack();
    await panel.locator('.line-open').first().click();
    await said.first().getByRole('button', { name: 'Copy as JSON' }).click();
    await said.getByText(/Copied|selected/).waitFor();
  });

  it('counts errors by product, and shows those of one', async () => {
    await go();
    const panel = await panelOf(shown(), 'Lines by name');
    await panel.getByRole('button', { name: 'Errors by product' }).click();
    await expect.poll(() => [parameter('log-by'), parameter('log-level')]).toEqual(['product', 'error']);
    const { groups } = await stand().client.countLogs({ ...RANGE, level: 'error', by: 'product' });
    const rows = async () =>
      (await tableOf(shown(), 'Lines by name')).map(([name, count]) => [name, numberOf(count)]);
    await expect.poll(rows).toEqual(groups.map(({ values, count }) => [values[0] ?? '–', count]));
    await panel.getByRole('button', { name: 'Only these: BTC' }).click();
    await expect.poll(() => parameter('log-product')).toBe('BTC');
    // What the page shows of the market is another thing.
    expect(parameter('product')).toBe('NIFTY');
  });

  it('saves all lines of a search, not only those shown, as CSV and NDJSON', async () => {
    await go('&log-service=pricing');
    await shownLines(shown());
    const { logs } = await api({ service: 'pricing' });
    const saved = async (format: string) => {
      const download = shown().waitForEvent('download');
      await shown()
        .getByRole('button', { name: `Save all lines of the search as ${format}` })
        .click();
      return readFileSync(await (await download).path(), 'utf8');
    };
    const ndjson = await saved('NDJSON');
    expect(
      ndjson
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(logs);
    const csv = (await saved('CSV')).trimEnd().split('\r\n');
    expect(csv).toHaveLength(logs.length + 1);
    expect(csv[1].startsWith(`${logs[0].timestamp},${logs[0].level},pricing,`)).toBe(true);
  });

  it('says why there is nothing, and what is wrong with a search', async () => {
    await go('&log-text=nothing+says+this');
    await shown()
      .getByText(/No line in this range is one that is looked for/)
      .waitFor();
    await go('&log-fields=nothing');
    await expect
      .poll(() =>
        shown()
          .getByRole('alert')
          .filter({ hasText: /is no name=value/ })
          .count(),
      )
      .toBe(3);
    const refused = stand().complaints.splice(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const each of refused) expect(each).toContain('400');
    await shown().goto(`${stand().url}/logs?log-from=2026-01-02T00:00:00Z&log-to=2026-01-01T00:00:00Z`);
    await expect
      .poll(() => shown().getByRole('form', { name: 'Log search' }).getByLabel('Time').inputValue())
      .toBe('1h');
  });

  it('ends where the time bar is, and cannot be followed there', async () => {
    const { at } = await stand().pastOf('NIFTY');
    await shown().goto(`${stand().url}/logs?product=NIFTY&at=${at}&log-range=30d&log-follow=on`);
    const panel = await panelOf(shown(), 'Log lines');
    await panel.getByRole('button', { name: 'Follow' }).waitFor();
    expect(await panel.getByRole('button', { name: 'Follow' }).getAttribute('aria-disabled')).toBe('true');
    const from = new Date(Date.parse(at) - 30 * 86_400_000).toISOString();
    const { count } = await stand().client.listLogs({ from, to: at, limit: 1 });
    if (count === 0) await panel.getByText('No line was stored before this instant').waitFor();
    else await shownLines(shown());
  });

  it.each(['light', 'dark'] as const)(
    'is accessible (%s), and wide enough for itself on a phone',
    async (colorScheme) => {
      await shown().emulateMedia({ colorScheme });
      await go('&log-level=warn');
      for (const title of ['Log search', 'Lines by time', 'Log lines', 'Lines by name'])
        await panelOf(shown(), title);
      await shownLines(shown());
      await expectAccessible(shown());
      await shown().setViewportSize({ width: 390, height: 2_000 });
      await shownLines(shown());
      await expectAccessible(shown());
      expect(await shown().evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      await shown().setViewportSize({ width: 1440, height: 900 });
      await shown().emulateMedia({ colorScheme: 'light' });
    },
  );
}
