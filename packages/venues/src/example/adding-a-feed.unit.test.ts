import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/adding-a-feed.md'), 'utf8');

test('the page shows the files of the venue as they are, and no others', () => {
  const shown = Object.fromEntries(
    [...PAGE.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(([, file, code]) => [file, code]),
  );
  const files = readdirSync(import.meta.dirname).filter((file) => file !== basename(import.meta.filename));
  expect(Object.keys(shown).sort()).toEqual(files.sort());
  for (const file of files)
    expect(shown[file], file).toBe(readFileSync(join(import.meta.dirname, file), 'utf8'));
});
