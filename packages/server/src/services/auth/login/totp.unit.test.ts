import { describe, expect, it } from 'vitest';
import { createSealedBox } from '../../../kit/secrets/sealed-box.ts';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-codes.ts';
import { base32, matchingStep, otpauthUrl, stepAt, totpCode } from './totp.ts';

/** RFC 6238, appendix B; its codes have eight digits, of which ours are the last six. */
const SECRET = Buffer.from('12345678901234567890');
const VECTORS: [number, string][] = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
];

describe('time-based codes', () => {
  it.each(VECTORS)('at %d s are those of RFC 6238', (seconds, code) => {
    expect(totpCode(SECRET, stepAt(seconds * 1000))).toBe(code.slice(2));
  });

  it('are good one step early and one step late', () => {
    const now = 1_787_000_010_000;
    const step = stepAt(now);
    for (const near of [step - 1, step, step + 1]) {
      expect(matchingStep(SECRET, totpCode(SECRET, near), now)).toBe(near);
    }
    for (const far of [step - 2, step + 2])
      expect(matchingStep(SECRET, totpCode(SECRET, far), now)).toBeNull();
    for (const other of ['', '12345', 'abcdef']) expect(matchingStep(SECRET, other, now)).toBeNull();
  });

  it('have a secret that authenticators read', () => {
    expect(base32(Buffer.from('foobar'))).toBe('MZXW6YTBOI');
    expect(base32(SECRET)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    expect(otpauthUrl(SECRET, 'Delta Stream', 'a+b@example.com')).toBe(
      'otpauth://totp/Delta%20Stream:a%2Bb%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Delta%20Stream&algorithm=SHA1&digits=6&period=30',
    );
  });
});

describe('recovery codes', () => {
  it('are ten, of 120 bits, and known however their groups are written', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);
    const [code] = codes;
    expect(hashRecoveryCode(code.replaceAll('-', ' ').toLowerCase())).toBe(hashRecoveryCode(code));
    expect(hashRecoveryCode(code)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashRecoveryCode(`${code}A`)).toBeNull();
    expect(hashRecoveryCode('')).toBeNull();
  });
});

describe('the sealed box', () => {
  const box = createSealedBox(Buffer.alloc(32, 1));

  it('opens what it sealed, for the same context only', () => {
    const sealed = box.seal('sécret', 'u1');
    expect(sealed).not.toBe(box.seal('sécret', 'u1'));
    expect(box.open(sealed, 'u1')).toBe('sécret');
    expect(box.open(sealed, 'u2')).toBeNull();
    expect(createSealedBox(Buffer.alloc(32, 2)).open(sealed, 'u1')).toBeNull();
  });

  it('opens nothing that was changed anywhere', () => {
    const bytes = Buffer.from(box.seal('secret', 'u1'), 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] ^= 1;
      expect(box.open(changed.toString('base64url'), 'u1')).toBeNull();
      expect(box.open(bytes.subarray(0, i).toString('base64url'), 'u1')).toBeNull();
    }
  });
});
