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
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly access: Access;
  readonly schema: RouteSchema;
  /** What `Accept: text/csv` gets; without it the route returns JSON alone. */
  readonly table?: Table;
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
export const ExpiryQuery = Type.Object(
  { expiry: Type.Optional(ExpiryDate) },
  { additionalProperties: false },
);

/** An answer as it was given then, from what is stored. */
export const atQuery = {
  at: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'As of this instant: from the latest snapshot at or before',
    }),
  ),
} as const;

/** A page of a list in time: `from` inclusive, `to` exclusive; `cursor` continues an earlier answer. */
export const pageQuery = {
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Inclusive' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, default: 500, description: 'Items of a page' }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: 200,
      description: '`next_cursor` of the answer before; everything else stays as it was',
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
