import { PAGE_PATHS } from '@deltastream/client';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import type { Stand } from '../stand.ts';

const WIDTHS = [390, 1440] as const;

/** Every page, in both themes, on a phone and on a screen: readable by everybody, and wide enough for itself. */
export function everyPage(stand: () => Stand): void {
  it.each(PAGE_PATHS)('is accessible at %s', async (path) => {
    const { at } = await stand().pastOf('NIFTY');
    for (const theme of ['light', 'dark'] as const) {
      for (const width of WIDTHS) {
        const page = await stand().open(`${path}?product=NIFTY&at=${at}`, { width, height: 900 });
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
        await expectAccessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBe(width);
        await page.close();
      }
    }
  });
}
