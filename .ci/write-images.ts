import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@deltastream/client';
import { openBrowser } from '../e2e/support/clients/browser.ts';
import { startPlatform, temporaryFolder } from '../e2e/support/platform/platform-process.ts';

/** Writes the pictures of the dashboard that README.md shows, from the synthetic market. Needs Chromium. */
const FOLDER = join(import.meta.dirname, '../docs/images');
const SIZE = { width: 1280, height: 800 };
const PAGES = [
  { name: 'chain', path: '/chain', theme: 'light' },
  { name: 'overview', path: '/', theme: 'dark' },
  { name: 'open-interest', path: '/open-interest', theme: 'light' },
  { name: 'exposure', path: '/exposure', theme: 'dark' },
  { name: 'volatility', path: '/volatility', theme: 'light' },
  { name: 'charts', path: '/charts', theme: 'dark', more: '&interval=15m&figures=atm_iv,pcr_oi' },
  { name: 'workspace', path: '/workspace', theme: 'dark', more: '&workspace=Exposure' },
] as const;
const PRODUCT = 'NIFTY';
/** Sessions of the past: enough for ranks and forecasts. */
const SESSIONS = 30;
/** Charts are drawn when their figures have come. */
const SETTLE_MS = 3_000;

const folder = temporaryFolder();
const flags = ['--products', PRODUCT, '--synthetic-history', String(SESSIONS)];
const platform = await startPlatform(['--data', folder.path, ...flags]);
const browser = await openBrowser();
try {
  const client = createClient({ baseUrl: platform.url });
  let rank = await client.getRank({ product: PRODUCT }).catch(() => null);
  while (rank === null || rank.observations < SESSIONS - 5) {
    await sleep(500);
    rank = await client.getRank({ product: PRODUCT }).catch(() => null);
  }
  mkdirSync(FOLDER, { recursive: true });
  for (const { name, path, theme, ...rest } of PAGES) {
    const page = await browser.newPage({ viewport: SIZE, colorScheme: theme, reducedMotion: 'reduce' });
    await page.goto(`${platform.url}${path}?product=${PRODUCT}${'more' in rest ? rest.more : ''}`);
    await sleep(SETTLE_MS);
    writeFileSync(join(FOLDER, `${name}.webp`), await asWebp(await page.screenshot()));
    await page.close();
  }
} finally {
  await browser.close();
  await platform.stop();
  folder.remove();
}

/** A PNG as WebP, which takes half of its bytes. The browser converts it. */
async function asWebp(png: Buffer): Promise<Buffer> {
  const page = await browser.newPage();
  const address = await page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext('2d')?.drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.8);
  }, png.toString('base64'));
  await page.close();
  return Buffer.from(address.slice(address.indexOf(',') + 1), 'base64');
}
