import Schema from 'typebox/schema';
import type { JsonSchema, OpenApiDocument } from '../../services/gateway/openapi/document.ts';

type Check = (value: unknown) => string[];

/** By the text of the schema: to compile one takes more than ten milliseconds, and most stand at several places. */
const compiled = new WeakMap<OpenApiDocument, Map<string, Check>>();

/** Says what of a value does not fit a schema of a document, by place; nothing when it fits. */
export function schemaCheck(api: OpenApiDocument, schema: JsonSchema): Check {
  const checks = compiled.get(api) ?? new Map<string, Check>();
  compiled.set(api, checks);
  const text = JSON.stringify(schema);
  const known = checks.get(text);
  if (known !== undefined) return known;
  const validator = Schema.Compile({ ...api, ...schema });
  const check: Check = (value) => {
    if (validator.Check(value)) return [];
    const [, errors] = validator.Errors(value);
    return errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  checks.set(text, check);
  return check;
}
