import { join } from 'node:path';
import { middleOfSession, PRODUCT, startForPictures, takePicture } from './dashboard-pictures.ts';

/**
 * Writes the pictures of the dashboard that README.md shows, from the synthetic market: live, and of the middle of a session
 * where a market that has just started has little to show. Needs Chromium.
 */
const FOLDER = join(import.meta.dirname, '../docs/images');
const SIZE = { width: 1280, height: 800 };
const PAGES = [
  { name: 'chain', path: '/chain', theme: 'light' },
  { name: 'overview', path: '/', theme: 'dark' },
  { name: 'open-interest', path: '/open-interest', theme: 'light', isPast: true },
  { name: 'volatility', path: '/volatility', theme: 'light' },
  { name: 'charts', path: '/charts', theme: 'dark', more: '&interval=15m&figures=atm_iv' },
  { name: 'workspace', path: '/workspace', theme: 'dark', more: '&workspace=Exposure' },
] as const;

const pictures = await startForPictures();
try {
  for (const { name, path, theme, ...rest } of PAGES) {
    const at = 'isPast' in rest ? `&at=${await middleOfSession(pictures.client)}` : '';
    const address = `${path}?product=${PRODUCT}${at}${'more' in rest ? rest.more : ''}`;
    const page = await pictures.open(address, SIZE.width, SIZE.height);
    await takePicture(page, theme, join(FOLDER, `${name}.webp`));
    await page.close();
  }
} finally {
  await pictures.close();
}
