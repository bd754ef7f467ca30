import type { FastifyRequest } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { type Identity, identify } from '../../../kit/tokens/token.ts';
import type { AuthOperations, Perform } from '../operations.ts';

/** Runs an operation for the person of the request's token; API keys may not manage accounts. */
export const signedIn = <T>(
  perform: Perform,
  action: string,
  request: FastifyRequest,
  work: (operations: AuthOperations, identity: Identity) => Promise<T>,
): Promise<T> =>
  perform(action, async (operations) => {
    const identity = await identify(operations.verifier, request);
    if (identity.scopes !== null) {
      throw new DeltaStreamError('forbidden', 'an API key may not manage the account');
    }
    return work(operations, identity);
  });

/** The same for an operation that returns nothing. */
export const doneSignedIn = async (...given: Parameters<typeof signedIn<void>>): Promise<{ ok: true }> => {
  await signedIn(...given);
  return { ok: true };
};
