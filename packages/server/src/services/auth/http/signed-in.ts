import type { Route } from '@deltastream/contracts';
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { type Identity, identify } from '../../../kit/tokens/token.ts';
import type { AuthOperations, Perform } from '../operations.ts';

type BodyOf<R> = R extends { readonly schema: { readonly body: infer B extends TSchema } }
  ? Static<B>
  : undefined;
type ResponseOf<R> = R extends { readonly schema: { readonly response: { 200: infer S extends TSchema } } }
  ? Static<S>
  : never;

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

/** Registers routes for the person of the request's token. Where `work` returns nothing the response says that it is done. */
export const signedInRoutes =
  (app: FastifyInstance, perform: Perform) =>
  <R extends Route>(
    route: R,
    action: string,
    work: (
      operations: AuthOperations,
      who: Identity,
      request: FastifyRequest<{ Body: BodyOf<R> }>,
    ) => Promise<ResponseOf<R> extends { ok: true } ? void : ResponseOf<R>>,
  ): void => {
    const handler = async (request: FastifyRequest<{ Body: BodyOf<R> }>) =>
      (await signedIn(perform, action, request as FastifyRequest, (operations, who) =>
        work(operations, who, request),
      )) ?? { ok: true };
    app.route({ ...route, handler: handler as RouteHandlerMethod });
  };
