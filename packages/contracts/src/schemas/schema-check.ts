import type { Static, TSchema } from 'typebox';
// The validator alone: `typebox/compile` loads 140 modules more, for conversions that nobody here asks for.
import Schema from 'typebox/schema';
import { faultInWords, type SchemaFault } from './fault-words.ts';

/** Holds values to a schema. */
export interface SchemaCheck<T> {
  accepts(value: unknown): value is T;
  /** What is wrong with a value that is not accepted, and where: a JSON pointer. */
  faultOf(value: unknown): { readonly instancePath: string; readonly message: string };
}

const UNNAMED = { instancePath: '', schemaPath: '#', message: 'does not fit its schema' };

/** The check of a schema. It is compiled by the first value, once: most processes see few of the messages there are. */
export function schemaCheck<S extends TSchema>(schema: S): SchemaCheck<Static<S>> {
  let compiled: { Check(value: unknown): boolean } | undefined;
  return {
    accepts(value): value is Static<S> {
      compiled ??= Schema.Compile(schema);
      return compiled.Check(value);
    },
    faultOf(value) {
      const [fault = UNNAMED] = Schema.Errors(schema, value)[1];
      const { instancePath, schemaPath } = fault;
      return { instancePath, message: faultInWords(fault as SchemaFault, partAt(schema, schemaPath)) };
    },
  };
}

/** The part of a schema that a pointer such as `#/properties/from` leads to. */
function partAt(schema: TSchema, pointer: string): object | undefined {
  let part: unknown = schema;
  for (const step of pointer.split('/').slice(1))
    part = (part as Record<string, unknown> | undefined)?.[step];
  return typeof part === 'object' && part !== null ? part : undefined;
}
