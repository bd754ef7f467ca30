import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Text that only this service can read and nobody can change. */
export interface SealedBox {
  /** `context` binds the text to what it belongs to, such as a user's id: it opens with the same one only. */
  seal(text: string, context: string): string;
  /** Null when it was not sealed here, or for another context. */
  open(sealed: string, context: string): string | null;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12; // Of GCM, as NIST SP 800-38D recommends.
const TAG_BYTES = 16; // As the nonce.

/** AES-256-GCM with a random nonce; returns base64url of nonce, tag and ciphertext. */
export function createSealedBox(key: Buffer): SealedBox {
  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(
        Buffer.from(context),
      );
      const hidden = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), hidden]).toString('base64url');
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        const hidden = bytes.subarray(NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(hidden), decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
