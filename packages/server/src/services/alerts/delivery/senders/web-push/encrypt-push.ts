import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

/** The keys of a browser's subscription, in base64url. */
export interface PushKeys {
  readonly p256dh: string;
  readonly auth: string;
}

/** What is random in an encrypted message. */
export interface PushRandom {
  readonly salt: Buffer;
  /** Of the key pair that this message alone uses. */
  readonly privateKey: Buffer;
}

const CURVE = 'prime256v1';
const SALT_BYTES = 16; // This and those that follow: RFC 8188 and RFC 8291.
const AUTH_BYTES = 16; // RFC 8291.
const POINT_BYTES = 65; // An uncompressed point of the curve.
const RECORD_SIZE = 4_096;
/** Behind the text of the last record. */
const LAST_RECORD = 2;

/** Why the keys are not those of a subscription; null where they are. */
export function pushKeysProblem({ p256dh, auth }: PushKeys): string | null {
  const point = Buffer.from(p256dh, 'base64url');
  if (Buffer.from(auth, 'base64url').length !== AUTH_BYTES) return 'auth: is not 16 bytes in base64url';
  if (point.length !== POINT_BYTES) return 'p256dh: is not an uncompressed point of P-256 in base64url';
  try {
    const own = createECDH(CURVE);
    own.generateKeys();
    own.computeSecret(point);
    return null;
  } catch {
    return 'p256dh: is not a point of P-256';
  }
}

/** `text` for the browser with these keys alone, as the body of a push message with the encoding `aes128gcm` (RFC 8291). */
export function encryptPush(text: string, { p256dh, auth }: PushKeys, random?: PushRandom): Buffer {
  const pair = createECDH(CURVE);
  if (random === undefined) pair.generateKeys();
  else pair.setPrivateKey(random.privateKey);
  const salt = random?.salt ?? randomBytes(SALT_BYTES);
  const receiver = Buffer.from(p256dh, 'base64url');
  const sender = pair.getPublicKey();

  const shared = pair.computeSecret(receiver);
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), receiver, sender]);
  const input = hkdf(shared, Buffer.from(auth, 'base64url'), keyInfo, 32);
  const key = hkdf(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = hkdf(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12);

  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const record = Buffer.concat([
    cipher.update(Buffer.concat([Buffer.from(text), Buffer.of(LAST_RECORD)])),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(RECORD_SIZE);
  return Buffer.concat([salt, size, Buffer.of(sender.length), sender, record]);
}

const hkdf = (input: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', input, salt, info, length));
