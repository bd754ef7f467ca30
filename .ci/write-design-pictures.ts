import { writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { baselineOf, openDesign, pictureOf, THEMES } from '../e2e/dashboard/design/design-page.ts';

/** Writes the pictures of the page of components that its test compares with. Needs Chromium. */
const design = await openDesign();
try {
  for (const theme of THEMES) {
    const { png } = await pictureOf(await design.open(theme));
    writeFileSync(baselineOf(theme), PNG.sync.write(PNG.sync.read(png), { colorType: 2, deflateLevel: 9 }));
  }
} finally {
  await design.close();
}
