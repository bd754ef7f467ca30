import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import {
  CompactSign,
  type CryptoKey,
  calculateJwkThumbprint,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { TOKEN_ALGORITHM } from '../../kit/token.ts';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** What verifiers need: the public half with `kid` and `alg`. */
  readonly publicJwk: JWK;
}

/**
 * The key pair of access tokens from `file` (a private JWK), made there at the first start. The file
 * appears whole or not at all, with mode 0600. Rejects with `invalid_setting` naming the file when others
 * may read it or it holds no such key.
 */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  try {
    return await parseKey((await readKeyFile(file)) ?? (await createKeyFile(file)));
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
  return readFile(file, 'utf8');
}

async function createKeyFile(file: string): Promise<string> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
  const text = `${JSON.stringify(await exportJWK(privateKey))}\n`;
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return text;
}

async function parseKey(text: string): Promise<SigningKey> {
  try {
    const { kty, crv, x, y, d } = JSON.parse(text) as JWK;
    const kid = await calculateJwkThumbprint({ kty, crv, x, y });
    const publicJwk = { kty, crv, x, y, kid, alg: TOKEN_ALGORITHM, use: 'sig' };
    const privateKey = await importEcKey({ kty, crv, x, y, d });
    await proveThatHalvesMatch(privateKey, await importEcKey({ kty, crv, x, y }));
    return { kid, privateKey, publicJwk };
  } catch {
    // The cause may quote the file, which is a secret.
    throw new Error('holds no P-256 private key as a JWK; move it away to have a new one made');
  }
}

async function importEcKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, TOKEN_ALGORITHM);
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key');
  return key;
}

async function proveThatHalvesMatch(privateKey: CryptoKey, publicKey: CryptoKey): Promise<void> {
  const proof = await new CompactSign(new Uint8Array(1))
    .setProtectedHeader({ alg: TOKEN_ALGORITHM })
    .sign(privateKey);
  await compactVerify(proof, publicKey);
}
