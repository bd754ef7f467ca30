import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** In CI a missing browser is a failure; at a desk the suite says that it is skipped. */
export const haveBrowser = existsSync(EXECUTABLE) || process.env.CI !== undefined;
if (!haveBrowser) process.stdout.write(`Skipped: browser suite (no ${EXECUTABLE}).\n`);

/** With these variables added to its environment. */
export function openBrowser(environment: Readonly<Record<string, string>> = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    env: { ...process.env, ...environment } as Record<string, string>,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
