import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRateCurves } from '../../services/enricher/rate.ts';
import { readSettings } from '../../settings/read.ts';
import { useReferenceFile } from '../../settings/reference-file.ts';
import { readUserFile } from './user-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'user-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pipe = join(folder, 'pipe');
execFileSync('mkfifo', [pipe]);
const subfolder = join(folder, 'folder');
mkdirSync(subfolder);
const large = join(folder, 'large.json');
writeFileSync(large, '');
truncateSync(large, 16 * 1024 * 1024 + 1);

describe('a file that a setting names', () => {
  it('is read as text', () => {
    const path = join(folder, 'text');
    const text = 'é€'.repeat(50_000);
    for (const written of [text, `\uFEFF${text}`]) {
      writeFileSync(path, written);
      expect(readUserFile(path)).toBe(text);
    }
  });

  it.each([
    ['a device without end', '/dev/zero', /not a regular file/],
    ['a pipe that nobody writes to', pipe, /not a regular file/],
    ['a folder', subfolder, /not a regular file/],
    ['one beyond the bound', large, /longer than 16777216 bytes/],
    ['one that is not there', join(folder, 'none'), /ENOENT/],
  ])('is refused where it is %s, by every setting', async (_what, path, reason) => {
    expect(() => readUserFile(path)).toThrow(reason);
    for (const [name, read] of Object.entries({
      '--reference': async () => useReferenceFile(path),
      '--config': async () => readSettings({ config: path }, {}),
      '--bus-file': async () => readSettings({ busFile: path }, {}),
      '--rate-curve': async () => readRateCurves(path),
    })) {
      const refusal = await read().catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'invalid_setting', message: expect.stringMatching(reason) });
      expect(String(refusal)).toContain(name);
    }
  });
});
