import { isObject, type JsonSchema } from '../../packages/server/src/services/gateway/openapi/document.ts';
import { exampleOf } from '../../packages/server/src/services/gateway/openapi/example.ts';
import type { Choices } from './choices.ts';

/** Values that stand for something on the platform under test, by the name of their field. */
export interface KnownValues {
  /** Learns ids, cursors and tokens from a response, so that later requests reach deeper. */
  learn(response: unknown): void;
  valueOf(name: string, schema: JsonSchema, choices: Choices): unknown;
}

/** Kept of each name; the oldest is forgotten. */
const KEPT = 50;
const LEARNED: Readonly<Record<string, readonly string[]>> = {
  next_cursor: ['cursor'],
  refresh_token: ['refresh_token'],
  timestamp: ['at'],
  id: ['id', 'session_id', 'key_id'],
  key: ['api_key'],
};

export function createKnownValues(given: Readonly<Record<string, readonly unknown[]>>): KnownValues {
  const values = new Map(Object.entries(given).map(([name, list]) => [name, [...list]]));

  const keep = (name: string, value: unknown) => {
    if (typeof value !== 'string') return;
    const list = values.get(name) ?? [];
    values.set(name, list);
    if (list.includes(value)) return;
    list.push(value);
    if (list.length > KEPT) list.splice(1, 1);
  };

  const learn = (node: unknown, depth = 0): void => {
    if (depth > 3) return;
    if (Array.isArray(node)) for (const each of node.slice(0, 3)) learn(each, depth + 1);
    else if (isObject(node)) {
      for (const [name, value] of Object.entries(node)) {
        if (name in LEARNED) for (const field of LEARNED[name]) keep(field, value);
        else if (isObject(value)) learn(value, depth + 1);
      }
    }
  };

  return {
    learn,
    valueOf(name, schema, choices) {
      const known = values.get(name);
      if (known && known.length > 0) return choices.of(known);
      if (schema.enum) return choices.of(schema.enum as unknown[]);
      const { minimum, maximum } = schema;
      if (typeof minimum === 'number' && typeof maximum === 'number')
        return choices.integer(minimum, maximum);
      return exampleOf(schema, name);
    },
  };
}
