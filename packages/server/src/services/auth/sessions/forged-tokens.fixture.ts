import { createHmac, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import type { SigningKey } from '../secrets/key-ring.ts';

export interface ForgeryTarget {
  /** The key whose tokens are good. */
  readonly key: SigningKey;
  readonly nowMs: number;
  /** What a good token of the target says; the forgeries claim an administrator. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Every way to forge an access token that this platform knows of, and one good token to compare with. */
export async function forgeTokens({ key, nowMs, claims: given = {} }: ForgeryTarget) {
  const seconds = Math.floor(nowMs / 1000);
  const claims = {
    iss: 'deltastream',
    aud: 'deltastream',
    sub: 'u1',
    sid: 's1',
    email: 'trader@example.com',
    role: 'admin',
    iat: seconds,
    exp: seconds + 600,
    ...given,
  };
  const header = { alg: 'ES256', typ: 'at+jwt', kid: key.kid };
  const signAs = (changes: object, head: object = {}, privateKey = key.privateKey) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header, ...head }).sign(privateKey);

  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const good = await signAs({});
  const [head, body, signature] = good.split('.');
  const withHeader = (changes: object) => `${encode({ ...header, ...changes })}.${body}`;
  const hmacOf = (signed: string, secret: string | Buffer) =>
    `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  const pem = createPublicKey(key.privateKey.export({ format: 'pem', type: 'sec1' })).export({
    format: 'pem',
    type: 'spki',
  });
  const hs = withHeader({ alg: 'HS256' });
  const otherJwk = await exportJWK(other.publicKey);
  const bytes = Buffer.from(signature, 'base64url');
  const derSignature = Buffer.concat([Buffer.from('30440220', 'hex'), bytes]).toString('base64url');

  const forged: Record<string, string> = {
    'alg none': `${withHeader({ alg: 'none' })}.`,
    'alg None': `${withHeader({ alg: 'None' })}.`,
    'alg NONE with the signature': `${withHeader({ alg: 'NONE' })}.${signature}`,
    'no alg': `${encode({ typ: 'at+jwt', kid: key.kid })}.${body}.${signature}`,
    'the public key as an HMAC secret': hmacOf(hs, JSON.stringify(key.publicJwk)),
    'a PEM as an HMAC secret': hmacOf(hs, pem),
    'an empty HMAC secret': hmacOf(hs, ''),
    'alg RS256 by an RSA key': await new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: 'RS256' })
      .sign(rsa.privateKey),
    'alg ES384 over the signature': `${withHeader({ alg: 'ES384' })}.${signature}`,
    'another key under our kid': await signAs({}, {}, other.privateKey),
    'an unknown kid': await signAs({}, { kid: 'unknown' }, other.privateKey),
    'no kid': await signAs({}, { kid: undefined }),
    'a kid that is a path': await signAs({}, { kid: '../../../../dev/null' }, other.privateKey),
    'a kid that is SQL': await signAs({}, { kid: "' OR '1'='1" }, other.privateKey),
    'a kid that is a prototype': await signAs({}, { kid: '__proto__' }, other.privateKey),
    'a kid that is an object': `${encode({ ...header, kid: { $ne: null } })}.${body}.${signature}`,
    'its own key embedded': await signAs({}, { jwk: otherJwk }, other.privateKey),
    'its own key embedded, signed by ours': await signAs({}, { jwk: otherJwk }),
    'the address of its key': await signAs({}, { jku: 'https://evil.example/jwks' }, other.privateKey),
    'the address of its certificate': await signAs({}, { x5u: 'https://evil.example/x' }, other.privateKey),
    'its certificate embedded': await signAs({}, { x5c: ['MIIB'] }, other.privateKey),
    'a critical extension': `${encode({ ...header, crit: ['x'], x: 1 })}.${body}.${signature}`,
    'unencoded payload': `${encode({ ...header, crit: ['b64'], b64: false })}.${body}.${signature}`,
    'a zero signature': `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
    'a signature of ones': `${head}.${body}.${Buffer.alloc(64, 255).toString('base64url')}`,
    'a random signature': `${head}.${body}.${randomBytes(64).toString('base64url')}`,
    'a signature in DER': `${head}.${body}.${derSignature}`,
    'a signature cut short': `${head}.${body}.${bytes.subarray(0, 63).toString('base64url')}`,
    'no signature': `${head}.${body}.`,
    'a changed body': `${head}.${encode({ ...claims, sub: 'u2' })}.${signature}`,
    'a changed role': `${head}.${encode({ ...claims, role: 'viewer' })}.${signature}`,
    'type JWT': await signAs({}, { typ: 'JWT' }),
    'an ID token': await signAs({}, { typ: 'id+jwt' }),
    'no type': await signAs({}, { typ: undefined }),
    'another audience': await signAs({ aud: 'elsewhere' }),
    'a list of audiences': await signAs({ aud: ['elsewhere', 'deltastream'] }),
    'no audience': await signAs({ aud: undefined }),
    'another issuer': await signAs({ iss: 'elsewhere' }),
    'no issuer': await signAs({ iss: undefined }),
    expired: await signAs({ iat: seconds - 700, exp: seconds - 1 }),
    'expired just now': await signAs({ exp: seconds }),
    'not yet valid': await signAs({ nbf: seconds + 60 }),
    'issued in the future': await signAs({ iat: seconds + 60 }),
    'no expiry': await signAs({ exp: undefined }),
    'an expiry that is text': `${head}.${encode({ ...claims, exp: 'never' })}.${signature}`,
    'no session': await signAs({ sid: undefined }),
    'no subject': await signAs({ sub: undefined }),
    'an unknown role': await signAs({ role: 'root' }),
    'a role that is a list': await signAs({ role: ['admin'] }),
    'an email that is a number': await signAs({ email: 7 }),
    'an unknown scope': await signAs({ scope: 'everything' }),
    'a padded part': `${head}=.${body}.${signature}`,
    'stray bits in the signature': strayBits(good),
    'five parts': `${good}.x.y`,
    'a body that is a list': `${head}.${encode([claims])}.${signature}`,
    'too long': `${head}.${encode({ ...claims, x: 'x'.repeat(5000) })}.${signature}`,
    'a refresh token': `${'A'.repeat(22)}.${'A'.repeat(43)}`,
    'an API key nobody has': `ds_${'0'.repeat(16)}_${'0'.repeat(64)}`,
    'not a token': 'a.b.c',
    'almost nothing': 'x',
  };
  return { good, forged };
}

/** 64 bytes end in a character of which two bits count; another one spells the same bytes. */
function strayBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1) ?? '');
  return token.slice(0, -1) + alphabet[last + 1];
}
