import type { Page } from 'playwright-core';
import { panelOf } from '../stand.ts';

/** A line as the page shows it. */
export interface ShownLine {
  readonly level: string;
  readonly service: string;
  readonly event: string;
  readonly message: string;
}

/** The lines that are in the page, from the first on; further ones come as the list is scrolled. */
export async function shownLines(page: Page, title = 'Log lines'): Promise<ShownLine[]> {
  const panel = await panelOf(page, title);
  await panel.locator('tbody .line-row').first().waitFor();
  return panel.locator('tbody .line-row').evaluateAll((rows) =>
    rows
      .toSorted((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
      .map((row) => {
        const [, level, service, event, message] = [...row.children].map((cell) => cell.textContent ?? '');
        return { level, service, event, message };
      }),
  );
}

/** All lines of a search, by scrolling to their end; by their places in the list. */
export async function allLines(page: Page, count: number): Promise<string[]> {
  const panel = await panelOf(page, 'Log lines');
  const list = panel.locator('.line-list');
  const found = new Map<number, string>();
  const deadline = Date.now() + 60_000;
  while (found.size < count && Date.now() < deadline) {
    const rows = await panel
      .locator('tbody .line-row')
      .evaluateAll((all) =>
        all.map(
          (row) => [Number(row.getAttribute('aria-rowindex')), row.children[4].textContent ?? ''] as const,
        ),
      );
    for (const [at, message] of rows) found.set(at, message);
    await list.evaluate((element) => {
      element.scrollTop += 400;
    });
    await page.waitForTimeout(30);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, message]) => message);
}
