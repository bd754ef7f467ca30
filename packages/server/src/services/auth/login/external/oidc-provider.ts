import type { Configuration, IDToken } from 'openid-client';
import { DeltaStreamError, reasonOf } from '../../../../kit/errors.ts';
import type { ExternalAccount, LoginProvider } from './login-provider.ts';

/** A client registered at an OpenID provider. */
export interface OidcSettings {
  readonly name: string;
  /** Its address; `http` is accepted for the machine itself only. */
  readonly issuer: string;
  readonly clientId: string;
  /** None for a public client. */
  readonly clientSecret?: string;
  /** The page that takes the browser back and completes the login; registered at the provider. */
  readonly redirectUri: string;
  /** Besides `openid`; `email profile` by default. */
  readonly scope?: string;
  /** Longest wait for the provider. */
  readonly timeoutSeconds: number;
}

const SCOPE = 'email profile';
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Authorization code flow with PKCE, state and nonce. The provider is discovered at its first use, so that
 * the platform starts without it. Throws `invalid_setting` for an address that is not protected.
 */
export function createOidcProvider(settings: OidcSettings): LoginProvider {
  const { name, clientId, clientSecret, redirectUri } = settings;
  const issuer = URL.parse(settings.issuer);
  const local = issuer !== null && LOOPBACK.has(issuer.hostname);
  if (issuer === null || !(issuer.protocol === 'https:' || (issuer.protocol === 'http:' && local))) {
    throw new DeltaStreamError('invalid_setting', `oidc ${name}: the issuer must be an https address`);
  }
  let discovered: ReturnType<typeof connect> | null = null;

  // The library is loaded here, as most platforms have no provider.
  const connect = async () => {
    const oidc = await import('openid-client');
    const access = clientSecret ? undefined : oidc.None();
    const provider: Configuration = await oidc.discovery(issuer, clientId, clientSecret, access, {
      timeout: settings.timeoutSeconds,
      // ID tokens are believed for their signature, not for the connection they came by.
      execute: [oidc.enableNonRepudiationChecks, ...(local ? [oidc.allowInsecureRequests] : [])],
    });
    return { oidc, provider };
  };

  const discover = async () => {
    discovered ??= connect();
    try {
      return await discovered;
    } catch (cause) {
      discovered = null;
      throw new DeltaStreamError('unavailable', `the login provider ${name} cannot be reached`, {
        cause,
        retryAfterSeconds: 5,
      });
    }
  };

  return {
    name,

    async begin() {
      const { oidc, provider } = await discover();
      const flow = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: `openid ${settings.scope ?? SCOPE}`,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, flow };
    },

    async complete(query, { state, nonce, verifier }) {
      const { oidc, provider } = await discover();
      const returned = new URL(redirectUri);
      returned.search = query;
      try {
        const tokens = await oidc.authorizationCodeGrant(provider, returned, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        return accountOf(tokens.claims());
      } catch (cause) {
        throw new DeltaStreamError('invalid_token', `the login at ${name} is not good: ${reasonOf(cause)}`, {
          cause,
        });
      }
    },
  };
}

function accountOf(claims: IDToken | undefined): ExternalAccount {
  if (claims === undefined) throw new TypeError('no ID token came');
  const { iss, sub, email, email_verified, name } = claims;
  return {
    issuer: iss,
    subject: sub,
    email: typeof email === 'string' ? email : null,
    emailVerified: email_verified === true,
    name: typeof name === 'string' && name.trim() !== '' ? name.slice(0, 100) : null,
  };
}
