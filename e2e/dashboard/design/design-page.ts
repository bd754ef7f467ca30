import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../support/clients/browser.ts';
import { fixedFonts } from '../../support/clients/fixed-fonts.ts';
import { temporaryFolder } from '../../support/platform/platform-process.ts';

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Nobody serves it: the browser is handed the files that were built. */
const ORIGIN = 'http://design.localhost';
/** As the gateway sends it. */
const CONTENT_POLICY = "default-src 'self'; img-src 'self' data:";

/** Pixels of a picture for one of the page: half, so that the pictures in the repository are small. */
const SCALE = 0.5;

/** Where a story is on the picture, in pixels. */
export interface Box {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DesignPicture {
  readonly png: Buffer;
  readonly stories: readonly Box[];
}

export const baselineOf = (theme: Theme): string => join(import.meta.dirname, `design-${theme}.png`);

/** Builds the page of components and opens a browser that draws it in the same way on every machine. */
export async function openDesign() {
  const folder = temporaryFolder();
  const built = join(folder.path, 'web');
  execFileSync(
    'npm',
    ['run', 'build', '-w', 'web', '--', '--mode', 'design', '--outDir', built, '--emptyOutDir'],
    {
      cwd: ROOT,
      // React then complains of what it only suspects.
      env: { ...process.env, NODE_ENV: 'development' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const browser = await openBrowser(fixedFonts(folder.path));
  const complaints: string[] = [];

  return {
    /** Errors of the console, of scripts and of the content policy. */
    complaints,

    async open(theme: Theme): Promise<Page> {
      const context = await browser.newContext({
        viewport: { width: 1000, height: 800 },
        deviceScaleFactor: SCALE,
        colorScheme: theme,
        reducedMotion: 'reduce',
        locale: 'en-GB',
        timezoneId: 'Asia/Kolkata',
      });
      const page = await context.newPage();
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.route(`${ORIGIN}/**`, (route) => {
        const { pathname } = new URL(route.request().url());
        const headers = { 'content-security-policy': CONTENT_POLICY };
        return route.fulfill({
          path: join(built, pathname === '/design' ? 'design.html' : pathname),
          headers,
        });
      });
      await page.goto(`${ORIGIN}/design`);
      // What comes last: the banner of a server that is away, and the day of the time bars.
      await page.getByText('The server cannot be reached').waitFor();
      await page.locator('.day-range').nth(1).waitFor();
      await page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      );
      return page;
    },

    async close(): Promise<void> {
      await browser.close();
      folder.remove();
    },
  };
}

/** All of the page, and where on it each story is. */
export async function pictureOf(page: Page): Promise<DesignPicture> {
  const png = await page.screenshot({ fullPage: true, animations: 'disabled' });
  const stories = await page.locator('figure').evaluateAll((figures, scale) => {
    const pixels = (length: number) => Math.floor(scale * length);
    return figures.map((figure) => {
      const { x, y, width, height } = figure.getBoundingClientRect();
      return {
        name: figure.querySelector('figcaption')?.textContent ?? '',
        x: pixels(x + scrollX),
        y: pixels(y + scrollY),
        width: pixels(width),
        height: pixels(height),
      };
    });
  }, SCALE);
  return { png, stories };
}
