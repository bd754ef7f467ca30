import { randomUUID } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { schemaCheck } from '@deltastream/contracts';
import Type from 'typebox';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { readUserFile } from '../../../kit/files/user-file.ts';
import {
  createKeyRing,
  exportSigningKey,
  importSigningKey,
  type KeyRing,
  type PublicJwk,
  type RetiringKey,
} from './key-ring.ts';

const StoredRing = Type.Object({
  version: Type.Literal(1),
  secret: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
  next: Type.Unknown(),
  current: Type.Unknown(),
  current_since: Type.Integer({ minimum: 0 }),
  retiring: Type.Array(
    Type.Object({
      until: Type.Integer({ minimum: 0 }),
      jwk: Type.Object({ x: Type.String(), y: Type.String(), kid: Type.String() }),
    }),
  ),
});
const storedRing = schemaCheck(StoredRing);

/**
 * The key ring of `file`, made there at the first start. A file of the first release, a private JWK alone,
 * becomes a ring whose current key that is. Rejects with `invalid_setting` naming the file when others may
 * read it or it holds no such ring.
 */
export async function loadKeyRing(file: string, nowMs: number): Promise<KeyRing> {
  return named(file, async () => {
    const text = await readKeyFile(file);
    if (text === null) return writeKeyFile(file, createKeyRing(nowMs), true);
    const { ring, complete } = parseRing(text, nowMs);
    return complete ? ring : writeKeyFile(file, ring, false);
  });
}

/** Replaces the file completely or not at all. Rejects with `invalid_setting` naming it. */
export const saveKeyRing = (file: string, ring: KeyRing): Promise<KeyRing> =>
  named(file, () => writeKeyFile(file, ring, false));

async function named<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new DeltaStreamError('invalid_setting', `keyFile ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

async function readKeyFile(file: string): Promise<string | null> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (info === null) return null;
  const mode = info.mode & 0o777;
  // Windows reports the same mode for every file; access is governed by the folder's list there.
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new Error(`others may use it (mode ${mode.toString(8)}); allow its owner only: chmod 600`);
  }
  return readUserFile(file);
}

async function writeKeyFile(file: string, ring: KeyRing, first: boolean): Promise<KeyRing> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(textOf(ring));
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (first) return await claimKeyFile(draft, file, ring);
    await rename(draft, file);
    return ring;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Of two processes at their first start, the one that comes second takes the ring of the first. */
async function claimKeyFile(draft: string, file: string, ring: KeyRing): Promise<KeyRing> {
  try {
    await link(draft, file);
    return ring;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return parseRing(readUserFile(file), 0).ring;
  } finally {
    await rm(draft, { force: true });
  }
}

function textOf({ secret, next, current, currentSinceMs, retiring }: KeyRing): string {
  const stored = {
    version: 1,
    secret: secret.toString('base64url'),
    next: exportSigningKey(next),
    current: exportSigningKey(current),
    current_since: currentSinceMs,
    retiring: retiring.map(({ publicJwk, untilMs }) => ({ until: untilMs, jwk: publicJwk })),
  };
  return `${JSON.stringify(stored)}\n`;
}

function parseRing(text: string, nowMs: number): { ring: KeyRing; complete: boolean } {
  try {
    const stored: unknown = JSON.parse(text);
    if (typeof stored === 'object' && stored !== null && 'kty' in stored) {
      return { ring: { ...createKeyRing(nowMs), current: importSigningKey(stored) }, complete: false };
    }
    if (!storedRing.accepts(stored)) throw new TypeError('not a key ring');
    const ring = {
      secret: Buffer.from(stored.secret, 'base64url'),
      next: importSigningKey(stored.next),
      current: importSigningKey(stored.current),
      currentSinceMs: stored.current_since,
      retiring: stored.retiring.map(
        ({ jwk, until }): RetiringKey => ({ publicJwk: jwk as PublicJwk, untilMs: until }),
      ),
    };
    return { ring, complete: true };
  } catch {
    // The cause may quote the file, which is a secret.
    throw new Error('holds no key ring; move it away to have a new one made (see docs/auth.md first)');
  }
}
