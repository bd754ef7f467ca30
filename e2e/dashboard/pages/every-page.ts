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

/** Every page, light on a screen and dark on a phone: readable by everybody, wide enough for itself, no chart cuts a text. */
export function everyPage(stand: () => Stand): void {
  it.each(PAGE_PATHS)('is accessible at %s', async (path) => {
    const { at } = await stand().pastOf('NIFTY');
    for (const { colorScheme, width } of LOOKS) {
      const address = `${path}?product=NIFTY&at=${at}`;
      const page = await stand().open(address, { width, height: HEIGHT }, (opened) =>
        opened.addInitScript(noteCutTexts),
      );
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBe(width);
      expect(await page.evaluate(() => (globalThis as unknown as Noted).cutTexts), `${width} px`).toEqual([]);
      await page.close();
    }
  });
}

interface Noted {
  cutTexts: string[];
}

/** Runs in the page before anything of it: notes what a chart writes beyond the left or right edge of its canvas. */
function noteCutTexts(): void {
  const cutTexts: string[] = [];
  Object.assign(globalThis, { cutTexts });
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, ...rest) {
    const { a: scale, e: offset } = this.getTransform();
    const { actualBoundingBoxLeft, actualBoundingBoxRight } = this.measureText(text);
    const left = scale * (x - actualBoundingBoxLeft) + offset;
    const right = scale * (x + actualBoundingBoxRight) + offset;
    // Bold letters are wider than what the library measures, by less than is seen.
    if (this.canvas.isConnected && (left < -2 || right > this.canvas.width + 2)) {
      const panel = this.canvas.closest('section.panel')?.querySelector('h2')?.textContent;
      cutTexts.push(`${panel}: "${text}" from ${left} to ${right} of ${this.canvas.width}`);
    }
    fillText.call(this, text, x, ...rest);
  };
}
