import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSpillFile } from './spill-file.ts';

test('is gone with the process, however that ends: it has no name while it is used', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spill-'));
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const spill = await createSpillFile();
  await spill.append(new TextEncoder().encode('first'));
  expect(readdirSync(folder)).toEqual([]);
  spill.truncate(1);
  await spill.append(new TextEncoder().encode('ast'));
  expect(new TextDecoder().decode(await spill.read(0, spill.size))).toBe('fast');
  await spill.close();
  await spill.close();
});
