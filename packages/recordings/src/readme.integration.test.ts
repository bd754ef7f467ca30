import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FORMAT_NAMES } from './recording-formats.ts';
import { withFile } from './testing/recordings.fixture.ts';

const PACKAGE = join(import.meta.dirname, '..');
const README = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
const NAME = 'nifty_chain_20260819.csv';
const CONTENT = `timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg
202608191127,25-Aug-2026,24000,CE,24052.4,161.5,10,5,-2
202608191127,25-Aug-2026,24100,CE,24052.4,61.5,10,7,-2
202608191127,25-Aug-2026,24200,CE,24052.4,n/a,10,5,-2
`;

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(README)?.[1];
  if (found === undefined) throw new Error(`README.md has no block of ${language}`);
  return found;
}

test('the example of the README prints what it says it prints, in a process of its own', async () => {
  const printed = await withFile(NAME, CONTENT, async (path) => {
    const code = block('ts').replace(`'${NAME}'`, JSON.stringify(path));
    expect(code).toContain(JSON.stringify(path));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '--eval', code],
      { cwd: PACKAGE },
    );
    return stdout;
  });
  expect(printed).toBe(block('text'));
});

test('every format has its row in the table of the README, and its publisher is named in that of the platform', () => {
  const cells = [...README.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell.replaceAll('`', ''));
  const names = FORMAT_NAMES.map((name) => name.split(' (')[0]);
  expect(names.filter((name) => !cells.some((cell) => cell.startsWith(name)))).toEqual([]);
  const platform = readFileSync(join(PACKAGE, '..', '..', 'README.md'), 'utf8');
  expect(names.map((name) => name.split(' ')[0]).filter((first) => !platform.includes(first))).toEqual([]);
});
