import type { Route } from '@deltastream/contracts';
import { isObject, type JsonSchema } from './document.ts';

/** What `fields` leaves of a response: everything as before, and nothing that has to be there. */
export function withoutRequired(schema: JsonSchema): JsonSchema {
  const loosened = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(loosened);
    if (!isObject(node)) return node;
    const entries = Object.entries(node).filter(
      ([key, value]) => key !== 'required' || !Array.isArray(value),
    );
    return Object.fromEntries(entries.map(([key, value]) => [key, loosened(value)]));
  };
  return {
    ...(loosened(schema) as JsonSchema),
    description: 'With `fields`: those that were named, beside what says which chain it is',
  };
}

export const offersFields = ({ schema: { querystring } }: Route): boolean =>
  querystring !== undefined && 'properties' in querystring && 'fields' in (querystring.properties as object);
