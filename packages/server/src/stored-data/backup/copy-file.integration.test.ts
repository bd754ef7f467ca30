import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'copy-file-'));
afterAll(() => rmSync(root, { recursive: true }));

const COPY = `
  const { copyBytes } = await import(${JSON.stringify(new URL('./copy-file.ts', import.meta.url).href)});
  const done = await copyBytes(...process.argv.slice(1)).then(() => 'copied', ({ code }) => code);
  process.stdout.write(done);`;

it('takes a copy for made only when all of it was written, also where the system writes a part at a time', () => {
  const from = join(root, 'from');
  const copyOf = (bytes: number) => {
    writeFileSync(from, Buffer.alloc(bytes, 1));
    // A file may have one block of at most 1024 bytes: a write across that end writes what has room, without an error.
    const command = `trap '' XFSZ; ulimit -S -f 1; exec "$0" "$@"`;
    const script = ['--input-type=module', '--eval', COPY, '--', from, join(root, `to-${bytes}`)];
    return spawnSync('sh', ['-c', command, process.execPath, ...script], { encoding: 'utf8' }).stdout;
  };
  expect(copyOf(300)).toBe('copied');
  expect(copyOf(1500)).toBe('EFBIG');
});
