import { type Access, ROUTES } from '@deltastream/contracts';
import type { FastifyInstance, onRequestHookHandler, RouteOptions } from 'fastify';
import { DeltaStreamError } from '../errors.ts';
import type { AccessCheck } from './access.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use a route that is not one of the contracts. */
    access?: Access;
  }
  interface FastifyInstance {
    /** The same for every route of a plugin: see `declareAccess`. */
    readonly accessOfRoutes?: Access;
  }
}

export interface EnforceAccessOptions {
  /** The hook that stands before a route, ahead of every other of its own; null where nothing has to be checked. */
  hookOf(access: Access, method: string, url: string): onRequestHookHandler | null;
  /** The access of a route that neither the contracts nor the route itself declares. */
  fallback?(method: string, url: string): Access | undefined;
}

const DECLARED: ReadonlyMap<string, Access> = new Map(
  ROUTES.map(({ method, url, access }) => [`${method} ${url}`, access]),
);

/**
 * Puts the check of its declared access on every route that is registered from now on, so that who may use a route
 * stands in its contract and holds wherever the route is served. A route that declares nothing is not served:
 * registering it throws. Call before any route is registered.
 */
export function enforceAccess(app: FastifyInstance, { hookOf, fallback }: EnforceAccessOptions): void {
  const enforced = new WeakSet<onRequestHookHandler>();

  app.addHook('onRoute', function (this: FastifyInstance, route: RouteOptions) {
    const [given] = [route.method].flat();
    // Preflights of browsers carry no credentials and reach no handler of ours.
    if (given === 'OPTIONS') return;
    const own = [route.onRequest ?? []].flat() as onRequestHookHandler[];
    // Fastify makes the HEAD of a GET from the route as these hooks left it.
    if (own.some((hook) => enforced.has(hook))) return;
    const method = given === 'HEAD' ? 'GET' : given;
    const access =
      DECLARED.get(`${method} ${route.url}`) ??
      route.config?.access ??
      this.accessOfRoutes ??
      fallback?.(method, route.url);
    if (access === undefined) {
      throw new DeltaStreamError('internal', `${method} ${route.url} does not declare who may use it`);
    }
    const hook = hookOf(access, method, route.url);
    if (hook === null) return;
    enforced.add(hook);
    route.onRequest = [hook, ...own];
  });
}

/** Says who may use the routes of a plugin that the contracts do not name. */
export function declareAccess(plugin: FastifyInstance, access: Access): void {
  plugin.decorate('accessOfRoutes', { getter: () => access });
}

/** The hook of a route where nothing but its access is checked. */
export function accessHook(check: AccessCheck): EnforceAccessOptions['hookOf'] {
  return (access) =>
    access === 'public'
      ? null
      : (request, _reply, done) => {
          const admitted = attempt(() => check(access, request));
          if (admitted instanceof Promise) admitted.then(() => done(), done);
          else done(admitted instanceof Error ? admitted : undefined);
        };
}

/** What the work returns, or the error that it throws. */
export function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}
