import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser } from '../../support/clients/browser.ts';
import { expectAccessible } from '../accessibility.ts';
import { comparePictures } from './compare-pictures.ts';
import { baselineOf, openDesign, pictureOf, THEMES } from './design-page.ts';

/**
 * Share of a story's pixels that may be others. The font comes from a package and is drawn without hinting, since every
 * machine has others (see `fixedFonts`): on one release of Chromium pictures are the same, and another one moves edges of
 * letters and lines only. A button that is 4 px higher, or of another colour, is more than this.
 */
const TOLERANCE = 0.01;
const RENEW = 'if this is meant: node .ci/write-design-pictures.ts';

describe.runIf(haveBrowser)('the page of components', () => {
  let design: Awaited<ReturnType<typeof openDesign>>;

  beforeAll(async () => {
    design = await openDesign();
  });
  afterAll(() => design?.close());

  it.each(THEMES)('looks as it did, and is accessible, %s', async (theme) => {
    const page = await design.open(theme);
    await expectAccessible(page);
    const { png, stories } = await pictureOf(page);
    const comparison = comparePictures(readFileSync(baselineOf(theme)), png, stories);
    const changed = [...(comparison?.changed ?? [])].filter(([, share]) => share > TOLERANCE);
    if (comparison === null || changed.length > 0) {
      const folder = mkdtempSync(join(tmpdir(), 'deltastream-design-'));
      writeFileSync(join(folder, `${theme}.png`), png);
      if (comparison) writeFileSync(join(folder, `${theme}-changed.png`), comparison.difference);
      expect.fail(
        `${comparison === null ? 'another size' : changed.map(([name, share]) => `${name}: ${(100 * share).toFixed(1)}%`).join(', ')}; ` +
          `pictures in ${folder}; ${RENEW}`,
      );
    }
    await page.context().close();
  });

  it('sees another colour of one button', async () => {
    const page = await design.open('light');
    await page.getByRole('button', { name: 'Pressed' }).evaluate((button) => {
      (button as HTMLElement).style.background = 'rgb(200, 220, 255)';
    });
    const { png, stories } = await pictureOf(page);
    const changed = comparePictures(readFileSync(baselineOf('light')), png, stories)?.changed;
    expect([...(changed ?? [])].filter(([, share]) => share > TOLERANCE).map(([name]) => name)).toEqual([
      'buttons',
    ]);
    await page.context().close();
  });

  it('complains about nothing', () => expect(design.complaints).toEqual([]));
});
