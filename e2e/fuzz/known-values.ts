import { isObject, type Parameter } from '../../packages/server/src/services/gateway/openapi/document.ts';
import { exampleOf } from '../../packages/server/src/services/gateway/openapi/example.ts';
import type { Choices } from './choices.ts';

/** Values that stand for something on the platform under test, by the name of their field. */
export interface KnownValues {
  /** Learns ids, cursors and tokens from the response of a path, so that later requests reach deeper. */
  learn(path: string, response: unknown): void;
  /** What is learned of a name, or else what the document gives as an example. */
  valueOf(
    path: string,
    parameter: Pick<Parameter, 'name' | 'schema'> & { readonly example?: unknown },
    choices: Choices,
  ): unknown;
}

/** Kept of each name; the oldest is forgotten. */
const KEPT = 50;
/** How often an id is one of what its own path lists or makes, where such a one is known. */
const OWN_SHARE = 0.8;
const LEARNED: Readonly<Record<string, readonly string[]>> = {
  next_cursor: ['cursor'],
  refresh_token: ['refresh_token'],
  timestamp: ['at'],
  id: ['id', 'user_id', 'session_id', 'key_id'],
  user_id: ['user_id'],
  name: ['name'],
  file: ['file'],
  version: ['version'],
  key: ['api_key'],
};

export function createKnownValues(given: Readonly<Record<string, readonly unknown[]>>): KnownValues {
  const values = new Map(Object.entries(given).map(([name, list]) => [name, [...list]]));

  const keep = (name: string, value: unknown) => {
    if (typeof value !== 'string' && typeof value !== 'number') return;
    const list = values.get(name) ?? [];
    values.set(name, list);
    if (list.includes(value)) return;
    list.push(value);
    if (list.length > KEPT) list.splice(1, 1);
  };

  const learn = (collection: string, node: unknown, depth = 0): void => {
    if (depth > 3) return;
    if (Array.isArray(node)) for (const each of node.slice(0, 3)) learn(collection, each, depth + 1);
    else if (isObject(node)) {
      for (const [name, value] of Object.entries(node)) {
        if (name in LEARNED) {
          for (const field of LEARNED[name]) {
            keep(field, value);
            keep(`${collection} ${field}`, value);
          }
        } else if (typeof value === 'object') learn(collection, value, depth + 1);
      }
    }
  };

  return {
    learn: (path, response) => learn(collectionOf(path), response),
    valueOf(path, { name, schema, example }, choices) {
      const own = values.get(`${collectionOf(path)} ${name}`);
      const known = own && choices.chance(OWN_SHARE) ? own : values.get(name);
      if (known && known.length > 0) return choices.of(known);
      if (schema.enum) return choices.of(schema.enum as unknown[]);
      const { minimum, maximum } = schema;
      if (typeof minimum === 'number' && typeof maximum === 'number')
        return choices.integer(minimum, maximum);
      return example ?? exampleOf(schema, name);
    },
  };
}

/** What a path lists or makes: `/api/admin/imports` of `/api/admin/imports/{id}/cancel`. */
const collectionOf = (path: string): string => path.split('/{')[0];
