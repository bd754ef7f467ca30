import { expect, it } from 'vitest';
import { panelOf, type Stand } from '../stand.ts';

/** The first visit asks what to watch, once. */
export function firstVisit(stand: () => Stand): void {
  it('asks at the first visit what to watch, remembers it, and can be asked again', async () => {
    const page = await stand().open('/');
    const panel = await panelOf(page, 'Start');
    await panel.getByRole('button', { name: 'Watch the synthetic market' }).click();
    await panelOf(page, 'Figures of the product');
    await page.goto(`${stand().url}/`);
    await panelOf(page, 'Figures of the product');
    expect(await panel.count()).toBe(0);

    await page.keyboard.press('Control+k');
    const commands = page.getByRole('dialog', { name: 'Commands' });
    await commands.getByRole('combobox').fill('page start');
    await page.keyboard.press('Enter');
    await panel.waitFor();
    expect(new URL(page.url()).pathname).toBe('/start');
    await page.close();
  });
}
