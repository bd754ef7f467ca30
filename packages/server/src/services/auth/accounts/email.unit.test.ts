import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseEmail } from './email.ts';

describe('normaliseEmail', () => {
  it.each([
    ['trader@example.com', 'trader@example.com'],
    ['  Trader@Example.COM\n', 'trader@example.com'],
    ['first.last+tag@sub.example.co', 'first.last+tag@sub.example.co'],
    ['ｔｒａｄｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'trader@example.com'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['JOS\u00c9@example.com', 'jos\u00e9@example.com'],
    ['a@b\u00fccher.example', 'a@xn--bcher-kva.example'],
    ['a@XN--BCHER-KVA.example', 'a@xn--bcher-kva.example'],
    ['लेखक@example.com', 'लेखक@example.com'],
  ])('spells %j as %j', (raw, email) => {
    expect(normaliseEmail(raw)).toBe(email);
  });

  it.each([
    '',
    'trader',
    '@example.com',
    'trader@',
    'trader@localhost',
    'a@b@example.com',
    'a b@example.com',
    '.a@example.com',
    'a.@example.com',
    'a..b@example.com',
    'a@example..com',
    'a@-example.com',
    'a@example-.com',
    'a@example.com/path',
    'a@example.com:25',
    'a@ex%61mple.com',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@example.c',
    '"a"@example.com',
    'a\u200b@example.com',
    'a\u0000@example.com',
    'a@exam\u200bple.com',
    '<a@example.com>',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
    `a@${'b.'.repeat(130)}com`,
  ])('refuses %j', (raw) => {
    expect(() => normaliseEmail(raw)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('changes nothing when applied twice', () => {
    const local = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(local, label, (name, host) => {
        let once: string;
        try {
          once = normaliseEmail(`${name}@${host}.example`);
        } catch {
          return;
        }
        expect(normaliseEmail(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });
});
