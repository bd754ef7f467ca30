import { createECDH, createPrivateKey, type KeyObject, sign } from 'node:crypto';

/** The key by which push services know the platform; a subscription is bound to its public half. */
export interface VapidKey {
  readonly privateKey: KeyObject;
  /** The uncompressed point in base64url, which browsers ask for when they subscribe. */
  readonly publicKey: string;
}

const CURVE = 'prime256v1';
/** Of P-256. */
const GROUP_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SCALAR_BYTES = 32; // Of the curve.
/** So many more than the scalar's make the remainder as good as even (FIPS 186-5, A.2.1). */
export const VAPID_SEED_BYTES = SCALAR_BYTES + 8;

/** The same key for the same seed, so that every alerts service with the platform's secret has it. */
export function vapidKeyOf(seed: Uint8Array): VapidKey {
  const scalar = (BigInt(`0x${Buffer.from(seed).toString('hex')}`) % (GROUP_ORDER - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(2 * SCALAR_BYTES, '0'), 'hex');
  const pair = createECDH(CURVE);
  pair.setPrivateKey(d);
  const point = pair.getPublicKey();
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const jwk = {
    ...{ kty: 'EC', crv: 'P-256', d: text(d) },
    x: text(point.subarray(1, 1 + SCALAR_BYTES)),
    y: text(point.subarray(1 + SCALAR_BYTES)),
  };
  return { privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), publicKey: text(point) };
}

/** Push services refuse a token of more than a day; it is made for each request. */
const TOKEN_SECONDS = 12 * 3_600;

/** The `Authorization` of RFC 8292 for requests to the origin of this endpoint. */
export function vapidAuthorization(
  { privateKey, publicKey }: VapidKey,
  {
    endpoint,
    contact,
    nowMs,
  }: { readonly endpoint: string; readonly contact: string | undefined; readonly nowMs: number },
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    aud: new URL(endpoint).origin,
    exp: Math.floor(nowMs / 1_000) + TOKEN_SECONDS,
    ...(contact !== undefined && { sub: contact }),
  };
  const signed = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `vapid t=${signed}.${signature.toString('base64url')}, k=${publicKey}`;
}
