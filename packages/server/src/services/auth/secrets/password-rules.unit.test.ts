import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPasswordRules, type PasswordRules } from './password-rules.ts';

let rules: PasswordRules;
beforeAll(async () => {
  rules = await loadPasswordRules();
});
const context = ['jane.doe@acme-trading.example', 'Jane Doe'];
const code = (password: string) => {
  try {
    rules.check(password, context);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('password rules', () => {
  it.each([
    'password',
    'Password123!',
    'p@ssw0rd',
    'PASSWORD',
    '12345678',
    '87654321',
    'abcdefghij',
    'qwertyuiop',
    'iloveyou2024',
    'zzzzzzzzzzzz',
    'ababababab',
    'abcdabcdabcd',
    'ｐａｓｓｗｏｒｄ',
    'DeltaStream1!',
    'jane.doe@acme-trading.example',
    'acme-trading!',
    'tradingjane99',
  ])('refuse %j as weak', (password) => {
    expect(code(password)).toBe('weak_password');
  });

  it.each(['short', '1234567', 'x'.repeat(257), '\u{1F600}'.repeat(7)])(
    'refuse the length of %j',
    (password) => {
      expect(code(password)).toBe('invalid_request');
    },
  );

  it.each([
    'correct horse battery',
    'jane likes green umbrellas',
    'kV8#qz1!',
    'безопасный пароль',
    '長い合言葉は安全です',
    'all lower case and long',
    '\u{1F600}\u{1F601}\u{1F602}\u{1F603}\u{1F604}\u{1F605}\u{1F606}\u{1F607}x',
  ])('take %j, whatever kinds of characters it has', (password) => {
    expect(code(password)).toBeNull();
  });

  it('know every password of their list, which has at least 3,000 that are long enough', () => {
    const text = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8');
    const listed = text.split('\n').filter((line) => line.length >= 8 && !line.startsWith('# '));
    expect(listed.length).toBeGreaterThanOrEqual(3000);
    for (const password of listed) expect(code(password), password).toBe('weak_password');
  });
});
