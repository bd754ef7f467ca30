import { type createApiKey, isoTime, type listApiKeys, type Scope } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Identity } from '../../../kit/tokens/token.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { ApiKey, UserStore } from '../../../ports/stores/users/user-store.ts';
import type { Confirmation } from '../accounts/confirmation.ts';
import type { Audit } from '../audit/audit.ts';
import type { ClientInfo } from '../http/client-info.ts';
import type { SigningKeys } from '../secrets/signing-keys.ts';
import type { AuthSettings } from '../settings.ts';
import { signAccessToken } from './access-token.ts';
import { apiKeySessionId, formatApiKey, newApiKeyText, parseApiKey } from './api-key.ts';
import { hashSecret, isSecretOf } from './refresh-token.ts';
import type { Revocations } from './revocations.ts';

type Creation = Static<typeof createApiKey.schema.body>;
type Created = Static<(typeof createApiKey.schema.response)[201]>;
type Listed = Static<(typeof listApiKeys.schema.response)[200]>['keys'][number];

export interface ApiKeys {
  /** Rejects with `limit_reached`, and as `Confirmation` does. */
  create(identity: Identity, creation: Creation, client: ClientInfo): Promise<Created>;
  list(identity: Identity): Promise<Listed[]>;
  /** Rejects with `not_found`. */
  revoke(identity: Identity, keyId: string): Promise<void>;
  /** An access token within the scopes of the key and the role of its owner. Rejects with `invalid_token`. */
  exchange(key: string): Promise<{ token: string; expiresIn: number; scopes: Scope[] }>;
}

export interface ApiKeysOptions {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly revocations: Revocations;
  readonly confirmation: Confirmation;
  readonly settings: AuthSettings;
  readonly audit: Audit;
}

const DAY_MS = 24 * 3600 * 1000;
/** The last use is written at most this often. */
const TOUCH_MS = 60_000;

export function createApiKeys(options: ApiKeysOptions): ApiKeys {
  const { users, clock, keys, revocations, confirmation, settings, audit } = options;
  const { issuer, audience } = settings;
  const tooMany = () =>
    new DeltaStreamError('limit_reached', `an account may have ${settings.maxApiKeys} API keys`);

  return {
    async create(identity, { name, scopes, expires_in_days, password }, client) {
      const user = await users.byId(identity.userId);
      if (user === null) throw new DeltaStreamError('invalid_token', 'the account is gone');
      await confirmation.confirm(user, identity, password, client);
      if ((await users.apiKeysOf(user.id)).length >= settings.maxApiKeys) throw tooMany();
      const text = newApiKeyText();
      const createdAt = clock.now();
      const key: ApiKey = {
        id: text.id,
        userId: user.id,
        name: name.normalize('NFC').trim(),
        secretHash: hashSecret(text.secret),
        scopes,
        createdAt,
        expiresAt: expires_in_days === undefined ? null : createdAt + expires_in_days * DAY_MS,
        lastUsedAt: null,
      };
      await users.createApiKey(key);
      // Of several that were made at once all go that see too many: never more stay than may be.
      if ((await users.apiKeysOf(user.id)).length > settings.maxApiKeys) {
        await users.removeApiKey(user.id, key.id);
        throw tooMany();
      }
      audit('api_key_created', { user_id: user.id, key_id: key.id, ip: client.ip });
      return { key: formatApiKey(text), ...viewOf(key) };
    },

    list: async ({ userId }) => (await users.apiKeysOf(userId)).map(viewOf),

    async revoke({ userId }, keyId) {
      if (!(await users.removeApiKey(userId, keyId))) {
        throw new DeltaStreamError('not_found', 'key_id: the account has no such key');
      }
      await revocations.revoke([apiKeySessionId(keyId)]);
      audit('api_key_revoked', { user_id: userId, key_id: keyId });
    },

    async exchange(given) {
      const text = parseApiKey(given);
      const key = text && (await users.apiKey(text.id));
      const now = clock.now();
      if (!key || !isSecretOf(text.secret, key.secretHash)) throw refused();
      const user = await users.byId(key.userId);
      const leftMs = (key.expiresAt ?? Number.POSITIVE_INFINITY) - now;
      if (user === null || user.disabledAt !== null || leftMs < 1000) {
        audit('api_key_refused', { user_id: key.userId, key_id: key.id });
        throw refused();
      }
      await users.touchApiKey(key.id, now, now - TOUCH_MS);
      const lifetimeSeconds = Math.min(settings.accessTokenSeconds, Math.floor(leftMs / 1000));
      const grant = { user, sessionId: apiKeySessionId(key.id), scopes: key.scopes };
      const token = await signAccessToken(keys.current(), { issuer, audience, lifetimeSeconds }, grant, now);
      return { token, expiresIn: lifetimeSeconds, scopes: [...key.scopes] };
    },
  };
}

const viewOf = ({ id, name, scopes, createdAt, expiresAt, lastUsedAt }: ApiKey): Listed => ({
  id,
  name,
  scopes: [...scopes],
  created_at: isoTime(createdAt),
  expires_at: expiresAt === null ? null : isoTime(expiresAt),
  last_used_at: lastUsedAt === null ? null : isoTime(lastUsedAt),
});

const refused = () => new DeltaStreamError('invalid_token', 'the API key is unknown, expired or revoked');
