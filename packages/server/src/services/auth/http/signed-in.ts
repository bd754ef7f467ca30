import type { Route } from '@deltastream/contracts';
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { type Identity, identify } from '../../../kit/tokens/token.ts';
import type { AuthOperations, Perform } from '../operations.ts';

type PartOf<R, Name extends string> = R extends {
  readonly schema: { readonly [N in Name]: infer S extends TSchema };
}
  ? Static<S>
  : undefined;
type RequestOf<R> = FastifyRequest<{
  Body: PartOf<R, 'body'>;
  Params: PartOf<R, 'params'>;
  Querystring: PartOf<R, 'querystring'>;
}>;
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
      request: RequestOf<R>,
    ) => Promise<ResponseOf<R> extends { ok: true } ? void : ResponseOf<R>>,
  ): void => {
    const handler = async (request: RequestOf<R>) =>
      (await signedIn(perform, action, request as FastifyRequest, (operations, who) =>
        work(operations, who, request),
      )) ?? { ok: true };
    app.route({ ...route, handler: handler as RouteHandlerMethod });
  };
