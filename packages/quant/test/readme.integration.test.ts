import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('the first example of the README runs and prints what it says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const entry = new URL('../src/index.ts', import.meta.url).href;
  const folder = mkdtempSync(join(tmpdir(), 'quant-readme-'));
  try {
    const file = join(folder, 'example.mts');
    writeFileSync(file, example.replace("'@deltastream/quant'", JSON.stringify(entry)));
    const lines = execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim().split('\n');
    expect(lines.length).toBe(6);
    expect(lines[0]).toMatch(/^23500 0\.1\d{3} -0\.\d{3}$/);
    expect(lines[4]).toBe('25000 status 5 NaN');
    expect(lines[5]).toBe('161.05');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
