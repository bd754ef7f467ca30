import { PAGE_PATHS } from '@deltastream/client';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import type { Stand } from '../stand.ts';

const LOOKS = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
] as const;

/** Every page, light on a screen and dark on a phone: readable by everybody, and wide enough for itself. */
export function everyPage(stand: () => Stand): void {
  it.each(PAGE_PATHS)('is accessible at %s', async (path) => {
    const { at } = await stand().pastOf('NIFTY');
    for (const { colorScheme, width } of LOOKS) {
      const page = await stand().open(`${path}?product=NIFTY&at=${at}`, { width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBe(width);
      await page.close();
    }
  });
}
