import type { verify } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { Account } from './accounts/account.ts';
import type { Documents } from './accounts/documents/documents.ts';
import type { UserAdministration } from './accounts/users/user-administration.ts';
import type { AuditView } from './audit/audit-view.ts';
import type { ClientInfo } from './http/client-info.ts';
import type { ExternalLogin } from './login/external/external-login.ts';
import type { LogIn } from './login/log-in.ts';
import type { PublicJwk } from './secrets/key-ring.ts';
import type { ApiKeys } from './sessions/api-keys.ts';
import type { SessionResponse } from './sessions/sessions.ts';
import type { CredentialLimit } from './throttle/credential-limit.ts';

export type Verification = Static<(typeof verify.schema.response)[200]>;

/** What the routes do; each rejects with a DeltaStreamError of the catalogue. */
export interface AuthOperations {
  readonly logIn: LogIn;
  readonly account: Account;
  readonly apiKeys: ApiKeys;
  readonly documents: Documents;
  readonly userAdministration: UserAdministration;
  readonly external: ExternalLogin;
  readonly audit: AuditView;
  readonly verifier: TokenVerifier;
  refresh(token: string, client: ClientInfo): Promise<SessionResponse>;
  logout(token: string): Promise<void>;
  verify(token: string, client: ClientInfo): Promise<Verification>;
  keys(): PublicJwk[];
  /** For credentials that anybody may present. */
  readonly credentialLimit: CredentialLimit;
}

/** Runs an operation of the started service, counted by action and outcome. */
export type Perform = <T>(action: string, work: (operations: AuthOperations) => Promise<T>) => Promise<T>;

const NOT_VALID: Verification = { valid: false, user_id: null, email: null, role: null, exp: null };

export async function verification(
  verifier: TokenVerifier,
  token: string,
  address: string,
): Promise<Verification> {
  try {
    const { userId, email, role, exp } = await verifier.verify(token, address);
    return { valid: true, user_id: userId, email, role, exp };
  } catch (error) {
    if (error instanceof DeltaStreamError && error.code === 'invalid_token') return NOT_VALID;
    throw error;
  }
}
