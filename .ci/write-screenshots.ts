import { join } from 'node:path';
import { argv } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, PAGE_PATHS } from '@deltastream/client';
import type { Page } from 'playwright-core';
import { fireRule, openRuleEditor } from './alert-pictures.ts';
import { middleOfSession, PRODUCT, settle, startForPictures, takePicture } from './dashboard-pictures.ts';

/**
 * Writes a picture of every page in each theme, width and state, to look at: `node .ci/write-screenshots.ts FOLDER [STATE...]`
 * makes FOLDER/STATE/PAGE-WIDTH-THEME.webp. States: `live`; `as-of` an instant of the past; `empty`, where nothing is
 * stored; `stale`, where the server went away while the page was open. `live` has the editor and the notices of alerts, too. Each picture is as high as its page. Needs Chromium.
 */
const WIDTHS = [1440, 1024, 390] as const;
/** Of a wide screen, where lines become long; what it shows is that of the others, so that one state is enough. */
const WIDE = 2560;
const THEMES = ['light', 'dark'] as const;
const STATES = ['live', 'as-of', 'empty', 'stale'] as const;
type State = (typeof STATES)[number];

const HEIGHT = 900;
/** Pages that have little for others. */
const OF_ADMIN = /^\/(account|admin|logs)/;
/** After the server went away, until pages say so. */
const AWAY_MS = 4_000;
/** A page that never ends to grow is cut. */
const MOST_FITS = 4;

const [folder, ...wanted] = argv.slice(2);
if (folder === undefined || wanted.some((each) => !(STATES as readonly string[]).includes(each)))
  throw new Error(`usage: node .ci/write-screenshots.ts FOLDER [${STATES.join('|')}]...`);
const states = STATES.filter((state) => wanted.length === 0 || wanted.includes(state));

if (states.includes('empty')) await photograph(['empty'], { empty: true });
const ofMarket = states.filter((state) => state !== 'empty');
if (ofMarket.length > 0) await photograph(ofMarket);

async function photograph(of: readonly State[], options?: { empty: boolean }): Promise<void> {
  const pictures = await startForPictures(options);
  try {
    const at = of.includes('as-of') ? await middleOfSession(pictures.client) : null;
    const shots: Shot[] = [...PAGE_PATHS, `/logs/traces/${await newestTrace(pictures.client)}`].map(
      (path) => ({
        path,
        name: nameOf(path),
      }),
    );
    const ofLive: readonly Shot[] = [
      { path: '/alerts', name: 'alerts-editor', prepare: openRuleEditor },
      { path: '/alerts', name: 'alerts-notice', prepare: fireRule },
    ];
    for (const state of of) {
      const opened: { page: Page; name: string }[] = [];
      for (const width of state === 'live' ? [WIDE, ...WIDTHS] : WIDTHS) {
        for (const { path, name: shot, prepare } of state === 'live' ? [...shots, ...ofLive] : shots) {
          const address = `${path}?product=${PRODUCT}${state === 'as-of' ? `&at=${at}` : ''}`;
          const reader = OF_ADMIN.test(path) ? 'admin' : 'anybody';
          const page = await pictures.open(address, width, HEIGHT, reader);
          await prepare?.(page);
          await fitToPage(page, width);
          const name = join(folder, state, `${shot}-${width}`);
          if (state === 'stale') opened.push({ page, name });
          else await take(page, name);
        }
      }
      if (state !== 'stale') continue;
      await pictures.stopPlatform();
      await sleep(AWAY_MS);
      for (const { page, name } of opened) await take(page, name);
    }
  } finally {
    await pictures.close();
  }
}

/** A page, with what is done on it before its picture is taken. */
interface Shot {
  readonly path: string;
  readonly name: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

function nameOf(path: string): string {
  return path.startsWith('/logs/traces/') ? 'trace' : path.slice(1) || 'overview';
}

/** There is one: that of the login, at least. */
async function newestTrace(client: Client): Promise<string> {
  const { logs } = await client.listLogs({ event: 'span', limit: 1 });
  return logs[0].trace_id as string;
}

async function take(page: Page, name: string): Promise<void> {
  for (const theme of THEMES) await takePicture(page, theme, `${name}-${theme}.webp`);
  await page.close();
}

/** Makes the window as high as the page, which scrolls inside of its frame; panels that come into sight may be higher once they have loaded. */
async function fitToPage(page: Page, width: number): Promise<void> {
  let fitted = HEIGHT;
  for (let fits = 0; fits < MOST_FITS; fits++) {
    const height = await page.evaluate(() => {
      const main = document.querySelector('main');
      return main ? innerHeight - main.clientHeight + main.scrollHeight : document.body.scrollHeight;
    });
    if (height <= fitted && fits > 0) return;
    fitted = Math.max(HEIGHT, height);
    await page.setViewportSize({ width, height: fitted });
    await settle(page);
  }
}
