import * as contracts from '@deltastream/contracts';
import { isObject, type JsonSchema } from './document.ts';

/**
 * Says every object schema of the contracts that a document uses once, under its name, and refers to it
 * elsewhere. Schemas are told by what they say, so a route need not do anything for it.
 */
export function nameSchemas(schemas: Record<string, JsonSchema>, paths: Record<string, unknown>): void {
  const names = new Map<string, string>();
  for (const [name, schema] of Object.entries(contracts)) {
    if (isObject(schema) && 'properties' in schema) names.set(canonical(schema), name);
  }

  const referTo = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(referTo);
    if (!isObject(node)) return node;
    const name = node.type === 'object' ? names.get(canonical(node)) : undefined;
    if (name === undefined) return withReferences(node);
    if (!(name in schemas)) {
      schemas[name] = {};
      schemas[name] = withReferences(node);
    }
    return { $ref: `#/components/schemas/${name}` };
  };
  const withReferences = (node: JsonSchema): JsonSchema =>
    Object.fromEntries(Object.entries(node).map(([key, value]) => [key, referTo(value)]));

  for (const [name, schema] of Object.entries(schemas)) schemas[name] = withReferences(schema);
  for (const [path, operations] of Object.entries(paths)) paths[path] = referTo(operations);
}

/** The same text for the same schema, also where a record is written as OpenAPI writes it. */
function canonical(schema: unknown): string {
  return JSON.stringify(schema, (_key, value: unknown) => {
    if (!isObject(value) || Array.isArray(value)) return value;
    const { patternProperties, ...rest } = value;
    const complete = isObject(patternProperties)
      ? { ...rest, additionalProperties: Object.values(patternProperties)[0] }
      : rest;
    return Object.fromEntries(Object.entries(complete).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
