import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKeyRing } from './key-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'key-ring-'));
  file = join(folder, 'auth-key.json');
});
afterEach(() => rm(folder, { recursive: true }));

const load = (path = file) => loadKeyRing(path, 1000);
const stored = async () => {
  await load();
  return JSON.parse(await readFile(file, 'utf8'));
};

describe('loadKeyRing', () => {
  it('makes a ring at the first start, for its owner only, and finds it again', async () => {
    const first = await load();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['auth-key.json']);
    const second = await load();
    expect(second.secret).toEqual(first.secret);
    expect([second.current.kid, second.next.kid]).toEqual([first.current.kid, first.next.kid]);
    expect(second.current.publicJwk).toEqual(first.current.publicJwk);
  });

  it('makes one ring when many processes start at the same time', async () => {
    const rings = await Promise.all(Array.from({ length: 10 }, () => load()));
    expect(new Set(rings.map(({ secret }) => secret.toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['auth-key.json']);
  });

  it('gives the public half away, and nothing more', async () => {
    const { current } = await load();
    expect(Object.keys(current.publicJwk).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(current.publicJwk).toMatchObject({ alg: 'ES256', crv: 'P-256', kid: current.kid });
  });

  it('goes on signing with the key of the first release', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(privateKey);
    await writeFile(file, JSON.stringify(jwk), { mode: 0o600 });
    const ring = await load();
    expect(ring.current.publicJwk).toMatchObject({ x: jwk.x, y: jwk.y });
    expect((await load()).secret).toEqual(ring.secret);
  });

  it.each([0o640, 0o604, 0o660, 0o644])('refuses a file that others may use (mode %o)', async (mode) => {
    await load();
    await chmod(file, mode);
    await expect(load()).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringContaining(file),
    });
  });

  it('refuses a malformed file, names it, does not quote it and leaves it as it was', async () => {
    const own = await stored();
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const other = await exportJWK(privateKey);
    const p384 = await exportJWK((await generateKeyPair('ES384', { extractable: true })).privateKey);
    const contents = [
      '',
      'SECRET not json',
      'null',
      '{}',
      '{"kty":"oct","k":"SECRETSECRET"}',
      JSON.stringify(p384),
      JSON.stringify({ ...own, secret: 'short' }),
      JSON.stringify({ ...own, current: { ...own.current, d: undefined } }),
      JSON.stringify({ ...own, current: { ...own.current, d: other.d } }),
      JSON.stringify({ ...own, next: { ...own.next, x: 'AAAA' } }),
      JSON.stringify({ ...own, next: p384 }),
      JSON.stringify(own).slice(0, -20),
    ];
    for (const content of contents) {
      await writeFile(file, content, { mode: 0o600 });
      const failure = await load().catch((error: Error) => error);
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
    await expect(load(missing)).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringContaining(missing),
    });
  });
});
