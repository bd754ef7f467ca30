import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../adapters/memory/user-store/user-store-memory.ts';
import { createRemoteVerifier } from '../../kit/tokens/remote-verifier.ts';
import { tokenVerifierContract, type VerifiedAccounts } from '../../ports/token-verifier.contract.ts';
import type { TokenVerifier } from '../../ports/token-verifier.ts';
import {
  type AuthFixture,
  createAuthFixture,
  PASSWORD,
  type RunningAuth,
} from '../../services/auth/auth.fixture.ts';
import { AUTH } from '../../services/auth/settings.ts';

async function accountsOf(
  verifierOf: (running: RunningAuth, fixture: AuthFixture) => Promise<TokenVerifier>,
): Promise<VerifiedAccounts> {
  const fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  const running = await fixture.start();
  const sessions = new Map<string, string>();
  return {
    verifier: await verifierOf(running, fixture),
    async register(email) {
      const { body } = await running.post('register', { email, password: PASSWORD });
      sessions.set(email, body.refresh_token);
      return body.token;
    },
    async revoke(email) {
      await running.post('logout', { refresh_token: sessions.get(email) });
    },
    close: fixture.remove,
  };
}

tokenVerifierContract('the auth service of the process', () => accountsOf(async ({ auth }) => auth.verifier));

tokenVerifierContract('what the auth service publishes', () =>
  accountsOf(async ({ app }, { bus, clock, logger }) => {
    const authUrl = await app.listen({ host: '127.0.0.1', port: 0 });
    const { issuer, audience } = AUTH.defaults;
    return createRemoteVerifier({ authUrl, issuer, audience, clock, bus, logger });
  }),
);
