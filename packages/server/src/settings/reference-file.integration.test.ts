import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { productInfo, sessionIsOpen } from '@deltastream/reference';
import { afterAll, expect, test } from 'vitest';
import { launch } from '../launch.ts';
import { readSettings } from './read.ts';
import { useReferenceFile } from './reference-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const bandh = JSON.stringify({ calendars: { INDIA: { closed: ['2026-12-01'] } } });
const inSession = Date.parse('2026-12-01T11:00:00+05:30');

test('without a file the shipped facts are in force', async () => {
  (await useReferenceFile(undefined))();
  expect(sessionIsOpen({ exchange: 'NSE' }, inSession)).toBe(true);
});

test.each([
  ['missing.json', null, 'ENOENT'],
  ['no-json.json', '{ "calendars": ', 'JSON'],
  ['bad.json', '{ "products": { "NIFTY": { "strike_step": 0 } } }', '/products/NIFTY/strike_step'],
])('%s is refused with its name and the place, and changes nothing', async (name, text, said) => {
  const path = text === null ? join(folder, name) : file(name, text);
  const failed = await useReferenceFile(path).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: 'invalid_setting' });
  expect(String(failed)).toContain(`--reference ${path}: `);
  expect(String(failed)).toContain(said);
  expect(productInfo('NIFTY')?.strikeStep).toBe(50);
});

test('a platform runs on the facts of --reference, and its stop puts the shipped ones back', async () => {
  const settings = readSettings(
    {
      data: join(folder, 'data'),
      source: 'none',
      only: 'enricher',
      port: 0,
      reference: file('bandh.json', bandh),
    },
    {},
  );
  const platform = await launch(settings, () => undefined);
  try {
    expect(sessionIsOpen({ exchange: 'NSE' }, inSession)).toBe(false);
  } finally {
    await platform.stop();
  }
  expect(sessionIsOpen({ exchange: 'NSE' }, inSession)).toBe(true);
});

test('platforms of one process share the same facts until the last one stops, and others are refused', async () => {
  const path = file('bandh.json', bandh);
  const [one, two] = [await useReferenceFile(path), await useReferenceFile(path)];
  const other = file('other.json', JSON.stringify({ products: { NIFTY: { strike_step: 25 } } }));
  for (const refused of [other, undefined]) {
    await expect(useReferenceFile(refused)).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringContaining('runs on other facts'),
    });
  }
  one();
  one();
  expect(sessionIsOpen({ exchange: 'NSE' }, inSession)).toBe(false);
  two();
  expect(sessionIsOpen({ exchange: 'NSE' }, inSession)).toBe(true);
  const next = await useReferenceFile(other);
  expect(productInfo('NIFTY')?.strikeStep).toBe(25);
  next();
  expect(productInfo('NIFTY')?.strikeStep).toBe(50);
});

test('a start that is aborted while the file is read leaves the shipped facts in force', async () => {
  const aborting = new AbortController();
  const settings = readSettings(
    { data: join(folder, 'data'), source: 'none', port: 0, reference: file('bandh.json', bandh) },
    {},
  );
  const launched = launch(settings, () => undefined, aborting.signal);
  aborting.abort();
  await expect(launched).rejects.toMatchObject({ code: 'stopped' });
  // Longer than it takes to read the file.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(sessionIsOpen({ exchange: 'NSE' }, inSession)).toBe(true);
});

test('a platform whose file cannot be used does not start, and leaves its folder free', async () => {
  const settings = readSettings(
    { data: join(folder, 'data'), source: 'none', port: 0, reference: file('list.json', '[]') },
    {},
  );
  for (const _twice of [1, 2]) {
    await expect(launch(settings, () => undefined)).rejects.toMatchObject({ code: 'invalid_setting' });
  }
});
