import { DeltaStreamError } from '../../../../kit/errors.ts';
import type { SealedBox } from '../../../../kit/secrets/sealed-box.ts';
import type { Identity } from '../../../../kit/tokens/token.ts';
import type { Clock } from '../../../../ports/clock.ts';
import type { User, UserStore } from '../../../../ports/stores/users/user-store.ts';
import type { Confirmation } from '../../accounts/confirmation.ts';
import { normaliseEmail } from '../../accounts/email.ts';
import { newUser } from '../../accounts/new-user.ts';
import type { Audit } from '../../audit/audit.ts';
import type { ClientInfo } from '../../http/client-info.ts';
import type { SessionResponse, Sessions } from '../../sessions/sessions.ts';
import type { SecondFactors } from '../second-factor.ts';
import type { ExternalAccount, LoginProvider, ProviderFlow } from './login-provider.ts';

/** Logins at external providers. */
export interface ExternalLogin {
  providers(): string[];
  /** Rejects with `not_found` or `unavailable`. */
  begin(provider: string): Promise<{ url: string; flow: string }>;
  /**
   * Logs the account in that is linked to the identity, or makes one when the provider vouches for an email
   * that no account has. A second factor of the account is asked for here, too. An account with that email is never taken over: its owner logs in and links.
   */
  complete(completion: Completion & { readonly code?: string }, client: ClientInfo): Promise<SessionResponse>;
  /** Links the identity to the account of a fresh login. */
  link(identity: Identity, completion: Completion): Promise<void>;
}

interface Completion {
  readonly flow: string;
  readonly query: string;
}

export interface ExternalLoginOptions {
  readonly providers: readonly LoginProvider[];
  readonly users: UserStore;
  readonly sessions: Sessions;
  readonly secondFactors: SecondFactors;
  readonly confirmation: Confirmation;
  readonly box: SealedBox;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly openRegistration: boolean;
  /** Time that somebody has to log in at the provider. */
  readonly flowMs: number;
}

interface SealedFlow {
  readonly provider: string;
  readonly until: number;
  readonly flow: ProviderFlow;
}

const CONTEXT = 'login flow';

export function createExternalLogin(options: ExternalLoginOptions): ExternalLogin {
  const { users, sessions, confirmation, box, clock, audit } = options;
  const providers = new Map(options.providers.map((each) => [each.name, each]));

  const accountOf = async ({ flow: sealed, query }: Completion): Promise<ExternalAccount> => {
    const opened = box.open(sealed, CONTEXT);
    const flow = opened === null ? null : (JSON.parse(opened) as SealedFlow);
    const provider = flow && providers.get(flow.provider);
    if (!flow || !provider || flow.until <= clock.now()) {
      throw new DeltaStreamError('invalid_token', 'flow: is foreign or too old; begin again');
    }
    return provider.complete(query, flow.flow);
  };

  const createFor = async ({ issuer, subject, email, emailVerified, name }: ExternalAccount) => {
    if (!options.openRegistration) {
      throw new DeltaStreamError('registration_closed', 'no account is linked, and registration is closed');
    }
    if (email === null || !emailVerified) {
      throw new DeltaStreamError('invalid_token', 'the provider does not vouch for an email of the account');
    }
    const details = { email: normaliseEmail(email), name: name ?? undefined, role: 'viewer' } as const;
    const user = newUser({ ...details, passwordHash: null, identities: [{ issuer, subject }] }, clock.now());
    await users.create(user);
    return user;
  };

  const userOf = async (account: ExternalAccount, { ip }: ClientInfo): Promise<User> => {
    const known = await users.byIdentity(account);
    if (known !== null) return known;
    try {
      const user = await createFor(account);
      audit('user_registered', { user_id: user.id, role: user.role, ip, method: 'external' });
      return user;
    } catch (error) {
      // Of two first logins at the same time one makes the account; the other finds it.
      const made = await users.byIdentity(account);
      if (made !== null) return made;
      throw error;
    }
  };

  return {
    providers: () => [...providers.keys()],

    async begin(name) {
      const provider = providers.get(name);
      if (provider === undefined)
        throw new DeltaStreamError('not_found', 'provider: there is none of this name');
      const { url, flow } = await provider.begin();
      const sealed: SealedFlow = { provider: name, until: clock.now() + options.flowMs, flow };
      return { url, flow: box.seal(JSON.stringify(sealed), CONTEXT) };
    },

    async complete(completion, client) {
      try {
        const user = await userOf(await accountOf(completion), client);
        await options.secondFactors.require(user, completion.code);
        const session = await sessions.open(user, client);
        audit('login_succeeded', { user_id: user.id, ip: client.ip, method: 'external' });
        return session;
      } catch (error) {
        audit('external_login_refused', { ip: client.ip });
        throw error;
      }
    },

    async link(identity, completion) {
      await confirmation.requireFresh(identity);
      const account = await accountOf(completion);
      const { issuer, subject } = account;
      if (!(await users.addIdentity(identity.userId, { issuer, subject }))) {
        throw new DeltaStreamError('invalid_token', 'the account is gone');
      }
      audit('identity_linked', { user_id: identity.userId, session_id: identity.sessionId });
    },
  };
}
