import { PAGE_PATHS } from '@deltastream/client';
import { expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import type { Stand } from '../stand.ts';

const LOOKS = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
] as const;
/** Every panel is on the screen: one that is not asks for nothing. */
const HEIGHT = 8_000;

/** Every page, light on a screen and dark on a phone: readable by everybody, and wide enough for itself. */
export function everyPage(stand: () => Stand): void {
  it.each(PAGE_PATHS)('is accessible at %s', async (path) => {
    const { at } = await stand().pastOf('NIFTY');
    for (const { colorScheme, width } of LOOKS) {
      const page = await stand().open(`${path}?product=NIFTY&at=${at}`, { width, height: HEIGHT });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBe(width);
      await page.close();
    }
  });
}
