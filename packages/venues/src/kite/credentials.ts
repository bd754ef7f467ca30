import { type AccessToken, currentToken } from '../connection/requests/access-token.ts';

/** Kite ends every access token in the morning: one in a file is read again for each connection and request. */
export interface KiteCredentials {
  readonly apiKey: string;
  readonly accessToken: AccessToken;
}

const API_KEY = /^[A-Za-z0-9_-]{1,128}$/;

/** Throws where the API key cannot be one; it is in no message. */
export function requireApiKey({ apiKey }: KiteCredentials): void {
  if (API_KEY.test(apiKey)) return;
  throw new Error(
    `the API key of Kite is ${apiKey === '' ? 'empty' : 'not one'}: expected letters and digits only`,
  );
}

export const accessTokenNow = ({ accessToken }: KiteCredentials): Promise<string> =>
  currentToken(accessToken, 'Kite');
