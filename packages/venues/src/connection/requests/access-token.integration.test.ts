import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { currentToken } from './access-token.ts';

const folder = mkdtempSync(join(tmpdir(), 'access-token-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file is read again, so that a new token counts at once', async () => {
  const file = join(folder, 'token');
  writeFileSync(file, 'eyJ0.first-one_\n');
  expect(await currentToken({ file }, 'Dhan')).toBe('eyJ0.first-one_');
  writeFileSync(file, 'second');
  expect(await currentToken({ file }, 'Dhan')).toBe('second');
});

test.each([
  ['', 'is empty'],
  ['two words', 'is not one'],
  ['x'.repeat(4097), 'is not one'],
  ['line\r\nInjected: header', 'is not one'],
])('what cannot be a token is not sent, and not shown', async (text, why) => {
  const file = join(folder, 'other');
  writeFileSync(file, text);
  const failure = await currentToken({ file }, 'Dhan').catch((error: Error) => error.message);
  expect(failure).toBe(
    `the content of ${JSON.stringify(shortened(file))} ${why}: expected letters, digits and . _ ~ + / = -`,
  );
  await expect(currentToken({ value: text }, 'Dhan')).rejects.toThrow(`the access token of Dhan ${why}`);
});

test('a file that is not there says what to do', async () => {
  await expect(currentToken({ file: join(folder, 'none') }, 'Upstox')).rejects.toThrow(
    /^the file of Upstox's access token, .* cannot be read \(ENOENT\): write the token into it$/,
  );
});

/** As messages show a text. */
const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
