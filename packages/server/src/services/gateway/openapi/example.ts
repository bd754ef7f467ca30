import Schema from 'typebox/schema';
import { isObject, type JsonSchema } from './document.ts';
import { EXAMPLE_VALUES } from './example-values.ts';

/** A value that the schema takes, as lifelike as the name of its field and of what it stands in allow. */
export function exampleOf(schema: JsonSchema, name: string, parent = ''): unknown {
  const named = EXAMPLE_VALUES[`${parent}.${name}`] ?? EXAMPLE_VALUES[name];
  if (named !== undefined && Schema.Check(schema, named)) return named;
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0];
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [alternative] = (schema.anyOf ?? schema.oneOf ?? []) as JsonSchema[];
  if (alternative) return exampleOf(alternative, name, parent);
  if ('default' in schema) return schema.default;
  return ofType(schema, name, parent);
}

function ofType(schema: JsonSchema, name: string, parent: string): unknown {
  const least = Number(schema.minimum ?? 0);
  switch (schema.type) {
    case 'object':
      return objectOf(schema, name);
    case 'array':
      return isObject(schema.items) ? [exampleOf(schema.items, name, parent)] : [];
    case 'integer':
    case 'number':
      return schema.exclusiveMinimum === undefined ? least : Number(schema.exclusiveMinimum) + 1;
    case 'boolean':
      return true;
    case 'string':
      return schema.format === 'date-time'
        ? EXAMPLE_VALUES.timestamp
        : 'text'.padEnd(Number(schema.minLength ?? 0), '.');
    default:
      return null;
  }
}

const objectOf = ({ properties }: JsonSchema, name: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([field, schema]) => [
      field,
      exampleOf(schema, field, name),
    ]),
  );
