import { open } from 'node:fs/promises';
import { shown } from '@deltastream/recordings/cells';

/**
 * A token that a venue gives for a day or longer. One in a file is read again for each connection and request, so that whoever
 * logs in puts the new one there while everything runs.
 */
export type AccessToken = { readonly value: string } | { readonly file: string };

/** JSON Web Tokens of brokers have about 500 characters. */
const LONGEST_TOKEN = 4096;
const TOKEN = new RegExp(`^[A-Za-z0-9._~+/=-]{1,${LONGEST_TOKEN}}$`);

/** The token as it is now. Rejects with what is wrong with it or with its file; the token itself is in no message. */
export async function currentToken(token: AccessToken, venue: string): Promise<string> {
  if ('value' in token) return checked(token.value, `the access token of ${venue}`);
  const { file } = token;
  const text = await beginning(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `the file of ${venue}'s access token, ${shown(file)}, cannot be read (${error.code ?? error.message}): write the token into it`,
    );
  });
  return checked(text.trim(), `the content of ${shown(file)}`);
}

function checked(text: string, what: string): string {
  if (TOKEN.test(text)) return text;
  throw new Error(
    `${what} is ${text === '' ? 'empty' : 'not one'}: expected letters, digits and . _ ~ + / = -`,
  );
}

async function beginning(file: string): Promise<string> {
  await using handle = await open(file, 'r');
  // One more, so that a longer file is seen to be another one.
  const buffer = Buffer.alloc(LONGEST_TOKEN + 2);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  return buffer.toString('utf8', 0, bytesRead);
}
