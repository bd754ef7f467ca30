import Schema from 'typebox/schema';
import type { JsonSchema, OpenApiDocument } from '../../services/gateway/openapi/document.ts';

/** Says what of a value does not fit a schema of a document, by place; nothing when it fits. */
export function schemaCheck(api: OpenApiDocument, schema: JsonSchema): (value: unknown) => string[] {
  const check = Schema.Compile({ ...api, ...schema });
  return (value) => {
    if (check.Check(value)) return [];
    const [, errors] = check.Errors(value);
    return errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
