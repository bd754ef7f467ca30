import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSigningKey } from './signing-key.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signing-key-'));
  file = join(folder, 'auth-key.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('loadSigningKey', () => {
  it('makes a key at the first start, for its owner only, and finds it again', async () => {
    const first = await loadSigningKey(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['auth-key.json']);
    const second = await loadSigningKey(file);
    expect(second.publicJwk).toEqual(first.publicJwk);
    expect(second.kid).toBe(first.kid);
  });

  it('gives the public half away, and nothing more', async () => {
    const { publicJwk, kid } = await loadSigningKey(file);
    expect(Object.keys(publicJwk).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(publicJwk).toMatchObject({ alg: 'ES256', crv: 'P-256', kid });
  });

  it.each([0o640, 0o604, 0o660, 0o644])('refuses a file that others may use (mode %o)', async (mode) => {
    await loadSigningKey(file);
    await chmod(file, mode);
    await expect(loadSigningKey(file)).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringContaining(file),
    });
  });

  it('refuses a malformed file, names it, does not quote it and leaves it as it was', async () => {
    const own = JSON.parse(await readFileAfterLoad());
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const other = await exportJWK(privateKey);
    const p384 = await exportJWK((await generateKeyPair('ES384', { extractable: true })).privateKey);
    const contents = [
      '',
      'SECRET not json',
      'null',
      '{}',
      '{"kty":"oct","k":"SECRETSECRET"}',
      JSON.stringify({ ...own, d: undefined }),
      JSON.stringify({ ...own, d: other.d }),
      JSON.stringify({ ...own, x: 'AAAA' }),
      JSON.stringify(p384),
      JSON.stringify(own).slice(0, -20),
    ];
    for (const content of contents) {
      await writeFile(file, content, { mode: 0o600 });
      const failure = await loadSigningKey(file).catch((error: Error) => error);
      expect(failure, content).toMatchObject({
        code: 'invalid_setting',
        message: expect.stringContaining(file),
      });
      expect(String(failure)).not.toMatch(/SECRET/);
      expect(await readFile(file, 'utf8')).toBe(content);
    }
  });

  it('names the file when its folder does not exist', async () => {
    const missing = join(folder, 'none', 'key.json');
    await expect(loadSigningKey(missing)).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringContaining(missing),
    });
  });
});

async function readFileAfterLoad(): Promise<string> {
  await loadSigningKey(file);
  return readFile(file, 'utf8');
}
