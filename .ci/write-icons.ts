import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../e2e/support/clients/browser.ts';

/** Writes the icons of the installed dashboard from `web/public/favicon.svg`. Needs Chromium. */
const PUBLIC = join(import.meta.dirname, '../web/public');
const FOLDER = join(PUBLIC, 'icons');
const PAPER = '#fbfcfd'; // The background colour of the manifest.
/** `share` of the side that the drawing takes: a maskable icon may be cut to a circle of 80% of it. */
const ICONS = [
  { name: '192', side: 192, share: 0.9, background: 'transparent' },
  { name: '512', side: 512, share: 0.9, background: 'transparent' },
  { name: 'maskable-512', side: 512, share: 0.55, background: PAPER },
  { name: 'apple-180', side: 180, share: 0.75, background: PAPER },
] as const;

const drawing = readFileSync(join(PUBLIC, 'favicon.svg')).toString('base64');
mkdirSync(FOLDER, { recursive: true });
const browser = await openBrowser();
try {
  for (const { name, side, share, background } of ICONS) {
    const page = await browser.newPage({ viewport: { width: side, height: side } });
    const size = Math.round(side * share);
    await page.setContent(
      `<body style="margin:0;height:100vh;display:grid;place-items:center;background:${background}">` +
        `<img width="${size}" height="${size}" src="data:image/svg+xml;base64,${drawing}"></body>`,
    );
    await page.waitForFunction(() => document.images[0].complete);
    writeFileSync(join(FOLDER, `${name}.png`), await page.screenshot({ omitBackground: true }));
    await page.close();
  }
} finally {
  await browser.close();
}
