import type { Static, TSchema } from 'typebox';
// The validator alone: `typebox/compile` loads 140 modules more, for conversions that nobody here asks for.
import Schema from 'typebox/schema';

/** Holds values to a schema. */
export interface SchemaCheck<T> {
  accepts(value: unknown): value is T;
  /** What is wrong with a value that is not accepted, and where: a JSON pointer. */
  faultOf(value: unknown): { readonly instancePath: string; readonly message: string };
}

const UNNAMED = { instancePath: '', message: 'does not fit its schema' };

/** The check of a schema. It is compiled by the first value, once: most processes see few of the messages there are. */
export function schemaCheck<S extends TSchema>(schema: S): SchemaCheck<Static<S>> {
  let compiled: { Check(value: unknown): boolean } | undefined;
  return {
    accepts(value): value is Static<S> {
      compiled ??= Schema.Compile(schema);
      return compiled.Check(value);
    },
    faultOf: (value) => Schema.Errors(schema, value)[1][0] ?? UNNAMED,
  };
}
