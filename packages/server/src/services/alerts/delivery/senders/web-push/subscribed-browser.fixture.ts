import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto';

/** The keys of a browser that subscribed to Web Push, and what it reads of the body of a message (RFC 8188, RFC 8291). */
export function createSubscribedBrowser() {
  const pair = createECDH('prime256v1');
  const keys = {
    p256dh: pair.generateKeys().toString('base64url'),
    auth: Buffer.alloc(16, 7).toString('base64url'),
  };
  /** Throws where the message is not for this browser, or not in one record. */
  const read = (body: Uint8Array): string => {
    const salt = body.subarray(0, 16);
    const sender = body.subarray(21, 21 + body[20]);
    const record = Buffer.from(body.subarray(21 + body[20]));
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), sender]);
    const input = hkdf(pair.computeSecret(sender), Buffer.from(keys.auth, 'base64url'), info, 32);
    const key = hkdf(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = hkdf(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(record.subarray(-16));
    const text = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
    if (text.at(-1) !== 2) throw new Error(`the record ends with ${text.at(-1)}, and is not the last`);
    return text.subarray(0, -1).toString();
  };
  return { keys, read };
}

const hkdf = (input: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', input, salt, info, length));
