import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import { numberOf, panelOf, type Stand } from '../stand.ts';

const headsOf = async (page: Page) =>
  (await page.getByRole('columnheader').allTextContents()).filter((text) => /^(Call|Put) /.test(text));

/** The option chain: its columns are those that the reader chose, and the strikes say what they are. */
export function chainPage(stand: () => Stand): void {
  it('shows chosen columns as of an instant, and marks what matters among the strikes', async () => {
    const { at, expiry } = await stand().pastOf('NIFTY');
    const chain = await stand().client.getChain({ product: 'NIFTY', expiry, at });
    const query = `product=NIFTY&expiry=${expiry}&at=${at}&strikes=0`;
    const page = await stand().open(`/chain?${query}&columns=vega,open_interest_change`);
    const table = (await panelOf(page, 'Option chain')).getByRole('table');
    await table.getByText(chain.strikes[0].toLocaleString('en-IN')).first().waitFor();
    expect(await headsOf(page)).toEqual(['Call OI change', 'Call Vega/pt', 'Put Vega/pt', 'Put OI change']);

    const rows = await table.locator('tbody tr').evaluateAll((all) =>
      all.map((row) => ({
        marks: [...row.querySelectorAll('abbr')].map((each) => each.textContent),
        cells: [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? ''),
      })),
    );
    const perPoint = (vega: number | null | undefined) =>
      vega == null ? null : expect.closeTo(vega / 100, 2);
    // Dashes and flags beside: every number has its point at the same place.
    const decimals = rows.flatMap(({ cells }) => cells.slice(1, 3).map((text) => text.split('.')[1]?.length));
    expect(new Set(decimals.filter((count) => count !== undefined)).size).toBe(1);
    expect(rows.map(({ cells }) => cells.map(numberOf))).toEqual(
      chain.strikes.map((_, i) => [
        chain.calls[i]?.open_interest_change ?? null,
        perPoint(chain.calls[i]?.vega),
        perPoint(chain.puts[i]?.vega),
        chain.puts[i]?.open_interest_change ?? null,
      ]),
    );
    const panel = await panelOf(page, 'Option chain');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      panel.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^option-chain-of-nifty-expiry-.*-synthetic-data\.csv$/);
    const [head, first] = readFileSync(await download.path(), 'utf8').split('\r\n');
    expect(head).toBe('Call OI change,Call Vega/pt,Strike,Put Vega/pt,Put OI change');
    expect(first.split(',')[2]).toBe(String(chain.strikes[0]));
    expect(await panel.getByRole('button', { name: 'Save as PNG' }).count()).toBe(1);
    const markedBy = (mark: string) => chain.strikes[rows.findIndex(({ marks }) => marks.includes(mark))];
    expect(['ATM', 'MP', 'R', 'S', 'CW', 'PW'].map(markedBy)).toEqual([
      chain.atm_strike,
      chain.max_pain_strike,
      chain.resistance_strike,
      chain.support_strike,
      chain.call_wall_strike ?? undefined,
      chain.put_wall_strike ?? undefined,
    ]);
    const [forward, move] = [chain.forward as number, chain.expected_move as number];
    const within = chain.strikes.filter((strike) => Math.abs(strike - forward) <= move);
    expect([markedBy('−1σ'), markedBy('+1σ')]).toEqual([within[0], within.at(-1)]);
    await page.close();
  });

  it.each(['NIFTY', 'BTC'])('keeps the numbers of %s apart at 390 px', async (product) => {
    const page = await stand().open(`/chain?product=${product}&strikes=10`, { width: 390, height: 844 });
    const table = (await panelOf(page, 'Option chain')).getByRole('table');
    await table.getByRole('row').nth(10).waitFor();
    expect(await table.evaluate(leastGap)).toBeGreaterThan(3);
    await page.close();
  });

  const docked = '/workspace?product=NIFTY&layout=1.R2.30.chain.70.smile';
  it.each([
    [1440, docked],
    [600, docked],
    [390, '/chain?product=NIFTY'],
  ])('shows all the columns that can be chosen, over everything, at %d px on %s', async (width, address) => {
    const page = await stand().open(address, { width, height: 900 });
    const panel = await panelOf(page, 'Option chain');
    await panel.getByText('Columns', { exact: true }).click();
    const shown = panel.locator('.drop-down-body');
    await shown.waitFor();
    const { left, right, onTop } = await shown.evaluate((body) => {
      const { left, right, top, bottom } = body.getBoundingClientRect();
      const corners = [left + 10, right - 10].flatMap((x) => [top + 10, bottom - 10].map((y) => [x, y]));
      return {
        left,
        right,
        onTop: corners.every(([x, y]) => body.contains(document.elementFromPoint(x, y))),
      };
    });
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(width);
    expect(onTop).toBe(true);
    await page.keyboard.press('Escape');
    await shown.waitFor({ state: 'hidden' });
    await page.close();
  });

  it('remembers the columns, and shows for a moment which numbers moved', async () => {
    const page = await stand().open('/chain?product=BTC');
    const panel = await panelOf(page, 'Option chain');
    const changed = () => panel.locator('[data-changed]').count();
    await expect.poll(changed).toBeGreaterThan(0);

    await panel.getByText('Columns', { exact: true }).click();
    await panel.getByRole('checkbox', { name: 'Gamma' }).check();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect.poll(() => headsOf(page)).toContain('Call Gamma');
    const columns = () => new URL(page.url()).searchParams.get('columns');
    expect(columns()).toContain('gamma');
    await page.goto(`${stand().url}/chain?product=SPY`);
    await expect.poll(() => headsOf(page)).toContain('Put Gamma');
    expect(columns()).toBeNull();

    await panel.getByText('Columns', { exact: true }).click();
    await panel.getByRole('button', { name: 'As usual' }).click();
    await expect.poll(() => headsOf(page)).not.toContain('Put Gamma');
    expect(columns()).toBeNull();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const shown = panel.getByText('as of').locator('time');
    const before = await shown.getAttribute('datetime');
    await expect.poll(changed).toBe(0);
    await expect.poll(() => shown.getAttribute('datetime')).not.toBe(before);
    expect(await changed()).toBe(0);
    await page.close();
  });
}

/** Runs in the page: pixels between the texts of two neighbouring cells, where they are nearest. */
function leastGap(table: HTMLElement | SVGElement): number {
  const textOf = (cell: Element) => {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const [lefts, rights]: number[][] = [[], []];
    while (texts.nextNode()) {
      if (texts.currentNode.parentElement?.closest('.unseen')) continue;
      const range = document.createRange();
      range.selectNode(texts.currentNode);
      const { left, right } = range.getBoundingClientRect();
      lefts.push(left);
      rights.push(right);
    }
    return { left: Math.min(...lefts), right: Math.max(...rights) };
  };
  const gaps = [...table.querySelectorAll('tbody tr:not([aria-hidden])')].flatMap((row) => {
    const cells = [...row.children].map(textOf);
    return cells.slice(1).map(({ left }, i) => left - cells[i].right);
  });
  return Math.min(...gaps);
}
