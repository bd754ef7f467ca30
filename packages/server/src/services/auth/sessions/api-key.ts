import { randomBytes } from 'node:crypto';
import { API_KEY_FORMAT, API_KEY_PREFIX } from '../../../kit/tokens/api-keys.ts';

/** `ds_<id>_<secret>`: the id finds the key, the secret proves it. Neither has an underscore. */
export interface ApiKeyText {
  readonly id: string;
  readonly secret: string;
}

export const newApiKeyText = (): ApiKeyText => ({
  id: randomBytes(8).toString('hex'),
  secret: randomBytes(32).toString('hex'),
});

export const formatApiKey = ({ id, secret }: ApiKeyText): string => `${API_KEY_PREFIX}${id}_${secret}`;

export function parseApiKey(text: string): ApiKeyText | null {
  const match = API_KEY_FORMAT.exec(text);
  return match === null ? null : { id: match[1], secret: match[2] };
}

/** The session id in access tokens made from a key, by which they are revoked with it. */
export const apiKeySessionId = (id: string): string => `key-${id}`;
