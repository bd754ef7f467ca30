import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AlertChannel } from '../../../../ports/stores/alerts/alert-records.ts';
import { type AlertSecrets, openAlertSecrets, openTarget, sealTarget } from './alert-secrets.ts';

let folder: string;
let file: string;
let kept: Map<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alert-secrets-'));
  file = join(folder, 'alerts-key.json');
  kept = new Map();
});
afterEach(() => rm(folder, { recursive: true }));

/** As stores do it: the first text stays. */
const store = {
  async keep(name: string, text: string): Promise<string> {
    if (!kept.has(name)) kept.set(name, text);
    return kept.get(name) as string;
  },
};
const open = (secret?: string, from = file): Promise<AlertSecrets> =>
  openAlertSecrets({ secret, file: from, store });

const SECRET = Buffer.alloc(32, 1).toString('base64url');
const TARGET = { kind: 'telegram', bot_token: '1:abc', chat_id: '5' } as const;
const channelOf = (id: string, owner: string, sealedTarget: string) =>
  ({ id, owner, sealedTarget }) as AlertChannel;

it('is made at the first start, for its owner only, and found again', async () => {
  const first = await open();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['alerts-key.json']);
  expect((await open()).vapid.publicKey).toBe(first.vapid.publicKey);
});

it('is one when many processes start at the same time', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => open()));
  expect(new Set(all.map(({ vapid }) => vapid.publicKey)).size).toBe(1);
});

it('may be given, and no file is made then', async () => {
  const [one, two] = [await open(SECRET), await open(SECRET)];
  expect(one.vapid.publicKey).toBe(two.vapid.publicKey);
  expect(await readdir(folder)).toEqual([]);
});

it('seals a target for its channel and owner alone, and shows nothing of it', async () => {
  const { targets } = await open();
  const sealed = sealTarget(targets, { id: 'c1', owner: 'u1' }, TARGET);
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('abc');
  expect(openTarget(targets, channelOf('c1', 'u1', sealed))).toEqual(TARGET);
  for (const [id, owner] of [
    ['c2', 'u1'],
    ['c1', 'u2'],
  ]) {
    expect(() => openTarget(targets, channelOf(id, owner, sealed))).toThrow('cannot be opened');
  }
});

it('refuses to start with another secret than the one of the store, and says so', async () => {
  await open(SECRET);
  await expect(open()).rejects.toMatchObject({
    code: 'invalid_setting',
    message: expect.stringContaining(
      `${file}: is not the secret by which the channels in the store were sealed`,
    ),
  });
  await expect(open(Buffer.alloc(32, 2).toString('base64url'))).rejects.toMatchObject({
    message: expect.stringContaining('--alert-secret'),
  });
  await open(SECRET);
});

it.each([0o640, 0o604])('refuses a file that others may use (mode %o)', async (mode) => {
  await open();
  await chmod(file, mode);
  await expect(open()).rejects.toMatchObject({
    code: 'invalid_setting',
    message: expect.stringContaining(file),
  });
});

it('refuses a file that holds no secret, does not quote it and leaves it as it was', async () => {
  for (const content of [
    '',
    'SECRETSECRET',
    'null',
    '{}',
    `{"version":2,"secret":"${SECRET}"}`,
    '{"version":1}',
  ]) {
    await writeFile(file, content, { mode: 0o600 });
    const failure = await open().catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'invalid_setting', message: expect.stringContaining(file) });
    expect(String(failure)).not.toContain('SECRETSECRET');
    expect(await readFile(file, 'utf8')).toBe(content);
  }
});
