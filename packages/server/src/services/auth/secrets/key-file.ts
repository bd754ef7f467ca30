import { schemaCheck } from '@deltastream/contracts';
import Type from 'typebox';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { claimSecretFile, readSecretFile, replaceSecretFile } from '../../../kit/secrets/secret-file.ts';
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
    const text = await readSecretFile(file);
    if (text === null) {
      const ring = createKeyRing(nowMs);
      const made = textOf(ring);
      const kept = await claimSecretFile(file, made);
      return kept === made ? ring : parseRing(kept, nowMs).ring;
    }
    const { ring, complete } = parseRing(text, nowMs);
    if (!complete) await replaceSecretFile(file, textOf(ring));
    return ring;
  });
}

/** Replaces the file completely or not at all. Rejects with `invalid_setting` naming it. */
export const saveKeyRing = (file: string, ring: KeyRing): Promise<KeyRing> =>
  named(file, async () => {
    await replaceSecretFile(file, textOf(ring));
    return ring;
  });

async function named<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new DeltaStreamError('invalid_setting', `keyFile ${file}: ${reasonOf(error)}`, { cause: error });
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
