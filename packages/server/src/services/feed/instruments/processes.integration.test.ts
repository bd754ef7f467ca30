import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { launch, type Platform } from '../../../launch.ts';
import { readSettings } from '../../../settings/read.ts';

const KEPT = join(import.meta.dirname, 'instruments-1.json');
const PATH = '/api/instruments/NIFTY?at=2026-11-05T12:00:00Z&kind=option';

const folder = mkdtempSync(join(tmpdir(), 'instrument-lists-'));
const running: Platform[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(data: string, flags: object): Promise<string> {
  const given = { data: join(folder, data), port: 0, logLevel: 'silent', products: ['NIFTY'], ...flags };
  const platform = await launch(readSettings(given, {}), () => {});
  running.push(platform);
  return platform.urls[0];
}

it('lists of instruments are the same in one process and through a gateway in another, also as CSV', async () => {
  for (const data of ['embedded', 'feed']) {
    mkdirSync(join(folder, data, 'instruments'), { recursive: true });
    copyFileSync(KEPT, join(folder, data, 'instruments', 'kite.json'));
  }
  const embedded = await start('embedded', { syntheticHistory: 0 });
  const feedUrl = await start('feed', { only: ['feed'], syntheticHistory: 0 });
  const apart = { source: 'none', dataset: 'synthetic', only: ['gateway'] };
  const gateway = await start('gateway', { ...apart, feedUrl });
  for (const accept of ['application/json', 'text/csv']) {
    const ask = async (url: string) => {
      const response = await fetch(`${url}${PATH}`, { headers: { accept } });
      return [response.status, response.headers.get('content-type'), await response.text()];
    };
    const [status, type, text] = await ask(embedded);
    expect([status, type]).toEqual([200, expect.stringContaining(accept)]);
    expect(text).toContain('NIFTY-2026-12-29-26000-C');
    expect(await ask(feedUrl)).toEqual([status, type, text]);
    expect(await ask(gateway)).toEqual([status, type, text]);
  }
  const nowhere = await start('nowhere', { ...apart, feedUrl: 'http://127.0.0.1:1' });
  expect((await fetch(`${nowhere}${PATH}`)).status).toBe(503);
});
