import { afterEach, describe, expect, it } from 'vitest';
import type { TokenVerifier } from './token-verifier.ts';

/** A verifier beside an auth service that can be asked for accounts. */
export interface VerifiedAccounts {
  readonly verifier: TokenVerifier;
  /** Registers an account of this e-mail address; resolves with its access token. */
  register(email: string): Promise<string>;
  /** Ends the session of the account, wherever it is. */
  revoke(email: string): Promise<void>;
  close(): Promise<void>;
}

/** What every token verifier must do. `open` resolves with one that knows no account yet. */
export function tokenVerifierContract(name: string, open: () => Promise<VerifiedAccounts>): void {
  describe(`token verifier: ${name}`, () => {
    let accounts: VerifiedAccounts;
    afterEach(() => accounts.close());

    it('says whose a token is, and recalls it at once', async () => {
      accounts = await open();
      const { verifier } = accounts;
      const token = await accounts.register('a@example.com');
      expect(verifier.recall?.(token) ?? null).toBeNull();
      const identity = await verifier.verify(token);
      expect(identity).toMatchObject({ email: 'a@example.com', role: 'viewer', scopes: null });
      expect(verifier.recall?.(token)).toEqual(identity);
    });

    it('refuses what is not a token, and one that was changed', async () => {
      accounts = await open();
      const token = await accounts.register('a@example.com');
      const [head, body, signature] = token.split('.');
      const changed = Buffer.from(`${Buffer.from(body, 'base64url')}`.replace('viewer', 'admin')).toString(
        'base64url',
      );
      const forged = [head, changed, signature].join('.');
      for (const bad of ['', 'x', token.slice(1), forged]) {
        await expect(accounts.verifier.verify(bad), bad).rejects.toMatchObject({ code: 'invalid_token' });
        expect(accounts.verifier.recall?.(bad) ?? null).toBeNull();
      }
    });

    it('refuses the tokens of a session that was revoked, tells of it, and leaves others alone', async () => {
      accounts = await open();
      const { verifier } = accounts;
      const token = await accounts.register('a@example.com');
      const other = await accounts.register('b@example.com');
      const { sessionId } = await verifier.verify(token);
      const told: string[] = [];
      const unsubscribed: string[] = [];
      verifier.onRevoked((id) => told.push(id));
      verifier.onRevoked((id) => unsubscribed.push(id))();
      await accounts.revoke('a@example.com');
      await expect.poll(() => told).toEqual([sessionId]);
      expect(unsubscribed).toEqual([]);
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'invalid_token' });
      expect(verifier.recall?.(token) ?? null).toBeNull();
      expect(await verifier.verify(other)).toMatchObject({ email: 'b@example.com' });
    });
  });
}
