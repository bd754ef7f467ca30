import { open } from 'node:fs/promises';
import { shown } from '@deltastream/recordings/cells';

/**
 * A key and the access token of a day. Kite ends a token each morning: one in a file is read again for each connection and
 * request, so that whoever logs in puts the new one there while everything runs.
 */
export interface KiteCredentials {
  readonly apiKey: string;
  readonly accessToken: { readonly value: string } | { readonly file: string };
}

/** A token has 32 characters; a file with more is another one. */
const LONGEST_FILE_BYTES = 4096;
const KEY = /^[A-Za-z0-9_-]{1,128}$/;

/** The token as it is now. Rejects with what is wrong with it or with its file; the token itself is in no message. */
export async function currentAccessToken({ accessToken }: KiteCredentials): Promise<string> {
  if ('value' in accessToken) return checked(accessToken.value, 'the access token of Kite');
  const { file } = accessToken;
  const text = await beginning(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `the file of Kite's access token, ${shown(file)}, cannot be read (${error.code ?? error.message}): write the token of today into it`,
    );
  });
  return checked(text.trim(), `the content of ${shown(file)}`);
}

/** Throws where a key cannot be one. */
export function checkedApiKey({ apiKey }: KiteCredentials): string {
  return checked(apiKey, 'the API key of Kite');
}

function checked(text: string, what: string): string {
  if (KEY.test(text)) return text;
  throw new Error(`${what} is ${text === '' ? 'empty' : 'not one'}: expected letters and digits only`);
}

async function beginning(file: string): Promise<string> {
  await using handle = await open(file, 'r');
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(LONGEST_FILE_BYTES), 0, LONGEST_FILE_BYTES, 0);
  return buffer.toString('utf8', 0, bytesRead);
}
