import Type, { type Static } from 'typebox';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { ExpiryDate, ProductSymbol } from '../market/chain.ts';
import type { Table } from '../market/table.ts';
import type { Access } from './access.ts';

/** An RFC 9457 problem document; `code` comes from the catalogue of errors. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Enum(Object.keys(ERRORS) as ErrorCode[]),
  detail: Type.String(),
  remedy: Type.String(),
  request_id: Type.String(),
});
export type Problem = Static<typeof Problem>;

/** One REST route: the source of validation, serialisation, types, documentation and the client. */
export interface RouteSchema {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly params?: Type.TSchema;
  readonly querystring?: Type.TSchema;
  readonly body?: Type.TSchema;
  readonly response: Readonly<Record<number, Type.TSchema>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly access: Access;
  readonly schema: RouteSchema;
  /** What `Accept: text/csv` gets; without it the route returns JSON alone. */
  readonly table?: Table;
  /** Media types of a response that is a file instead of JSON. */
  readonly files?: readonly string[];
  /** Largest body in bytes, where that of the server is not meant. */
  readonly bodyLimit?: number;
}

/** Types a route literal exactly, so that handlers and the client infer from it. */
export const route = <const R extends Route>(definition: R): R => definition;

/**
 * Adds a problem response for each error code a route may answer with. The codes stand under a symbol of their
 * own, which a spread keeps, so that two calls with codes of the same status lose none: see `problemCodes`.
 */
export function problems<const C extends ErrorCode>(...codes: C[]): Record<number, typeof Problem> {
  const responses = Object.fromEntries(codes.map((code) => [ERRORS[code].status, Problem]));
  return Object.assign(responses, { [Symbol('problem codes')]: codes });
}

/** Every code that `problems` added to these responses. */
export function problemCodes(response: RouteSchema['response']): ErrorCode[] {
  const given = Object.getOwnPropertySymbols(response).flatMap(
    (key) => (response as Readonly<Record<symbol, readonly ErrorCode[]>>)[key],
  );
  return [...new Set(given)];
}

export const ProductParams = Type.Object({ product: ProductSymbol });
export const expiryQuery = { expiry: Type.Optional(ExpiryDate) } as const;

/** A response as it was given then, from what is stored. */
export const atQuery = {
  at: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'As of this instant: from the latest snapshot at or before',
    }),
  ),
} as const;

/** Which chain a response is about. */
export const chainQuery = { ...expiryQuery, ...atQuery } as const;

/** A page of a list in time: `from` inclusive, `to` exclusive; `cursor` continues an earlier response. */
export const pageQuery = {
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Inclusive' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, default: 500, description: 'Items of a page' }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: 200,
      description: '`next_cursor` of the response before; everything else stays as it was',
    }),
  ),
} as const;

export const NextCursor = Type.Union([Type.String(), Type.Null()], {
  description: 'Send it as `cursor`, everything else the same, for the next page; null at the end',
});

/** A page of a list that can be read from either end. */
export const orderedPageQuery = {
  ...pageQuery,
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 500,
      description:
        'Items of a page: the first ones from `from`; without `from`, or with `order=desc`, the latest',
    }),
  ),
  order: Type.Optional(
    Type.Enum(['asc', 'desc'], {
      default: 'asc',
      description: 'Items of a page oldest first, or newest first, which also reads the range from its end',
    }),
  ),
} as const;

/** Chooses among the figures of a chain, so that a page asks for no more than it shows. */
export const fieldsQuery = {
  fields: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      description:
        'Names of fields, by comma; `product`, `expiry` and `timestamp` are always there. An unknown name is refused.',
    }),
  ),
} as const;

/** What is said of a route besides what its area says. */
interface Definition {
  readonly summary: string;
  readonly description?: string;
  readonly params?: Type.TSchema;
  /** Parameters of the query; any other is refused. Without them the query is not looked at. */
  readonly query?: Type.TProperties;
  /** Fields of the body; any other is refused. */
  readonly body?: Type.TProperties;
  readonly response: Type.TSchema;
  /** Of the response; 200 without. */
  readonly status?: 201;
  /** Besides those that the routes of the area have. */
  readonly failures?: readonly ErrorCode[];
  readonly table?: Table;
  readonly files?: readonly string[];
  readonly bodyLimit?: number;
}

/** What the routes of an area have in common. */
interface Area {
  /** Where the API description lists them; without it under what follows `/api/` in the address. */
  readonly tag?: string;
  readonly access: Access;
  readonly params?: Type.TSchema;
  readonly failures: readonly ErrorCode[];
}

type Params<D> = D extends { readonly params: infer S extends Type.TSchema }
  ? { readonly params: S }
  : unknown;
type Closed<D, Name extends string, As extends string> = D extends {
  readonly [N in Name]: infer P extends Type.TProperties;
}
  ? { readonly [N in As]: Type.TObject<P> }
  : unknown;

type Declared<A extends Area, Method, Url, D extends Definition> = {
  readonly method: Method;
  readonly url: Url;
  readonly access: A['access'];
  readonly schema: {
    readonly tags: readonly string[];
    readonly summary: string;
    readonly description?: string;
    readonly response: D extends { readonly status: 201 } ? { 201: D['response'] } : { 200: D['response'] };
  } & Params<D extends { readonly params: unknown } ? D : A> &
    Closed<D, 'query', 'querystring'> &
    Closed<D, 'body', 'body'>;
} & (D extends { readonly table: Table } ? { readonly table: Table } : unknown);

const closed = (properties: Type.TProperties) => Type.Object(properties, { additionalProperties: false });

/** Declares the routes of an area: what they have in common is said once. */
export const routesOf =
  <const A extends Area>(area: A) =>
  <const Method extends Route['method'], const Url extends string, D extends Definition>(
    method: Method,
    url: Url,
    definition: D,
  ) => {
    const { summary, description, query, body, response, status = 200, table, files, bodyLimit } = definition;
    const { params = area.params, failures = [] } = definition;
    const schema = {
      tags: [area.tag ?? url.split('/')[2]],
      summary,
      ...(description !== undefined && { description }),
      ...(params && { params }),
      ...(query && { querystring: closed(query) }),
      ...(body && { body: closed(body) }),
      response: { [status]: response, ...problems(...area.failures, ...failures) },
    };
    const declared = {
      ...{ method, url, access: area.access, schema },
      ...(table && { table }),
      ...(files && { files }),
      ...(bodyLimit && { bodyLimit }),
    };
    return declared as unknown as Declared<A, Method, Url, D>;
  };

/** A route that reads what is stored of a product. */
export const marketRoute = routesOf({
  access: { scope: 'market:read' },
  params: ProductParams,
  failures: ['invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'],
});

/** A route for administrators. */
export const adminRoute = routesOf({
  access: { role: 'admin', scope: 'operations:manage' },
  failures: ['invalid_request', 'unauthenticated', 'invalid_token', 'forbidden'],
});
