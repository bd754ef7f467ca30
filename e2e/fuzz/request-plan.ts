import type {
  JsonSchema,
  OpenApiDocument,
  Parameter,
} from '../../packages/server/src/services/gateway/openapi/document.ts';
import { exampleOf } from '../../packages/server/src/services/gateway/openapi/example.ts';
import type { Choices } from './choices.ts';
import type { KnownValues } from './known-values.ts';
import type { DocumentedOperation } from './operations.ts';
import { boundaryValue, strangeText, strangeValue } from './values.ts';

export interface PlannedRequest {
  readonly operation: string;
  readonly method: string;
  /** Path and query as they go onto the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const BODY_TYPES = [
  'text/plain',
  'text/csv',
  'application/xml',
  'application/x-www-form-urlencoded',
  'nonsense',
  '',
];
const ACCEPTS = [
  'text/csv',
  'text/csv;q=0.9, */*;q=0.1',
  '*/*',
  'image/png',
  'application/json;q=0',
  'a/b;q=x',
  ',',
];
const ENCODINGS = ['gzip', 'br', 'identity', 'nonsense'];

type Kind = 'valid' | 'boundary' | 'strange' | 'shape';

/** One request to an operation: as documented, with one value off, or in a wrong shape altogether. */
export function planRequest(
  { id, method, path, operation }: DocumentedOperation,
  api: OpenApiDocument,
  known: KnownValues,
  choices: Choices,
): PlannedRequest {
  const kind: Kind = choices.of(['valid', 'valid', 'valid', 'boundary', 'strange', 'strange', 'shape']);
  const parameters = operation.parameters ?? [];
  const off = kind === 'valid' || parameters.length === 0 ? null : choices.of(parameters).name;

  const value = ({ name, schema, example }: Parameter): unknown => {
    if (name !== off || kind === 'shape') return known.valueOf(path, { name, schema, example }, choices);
    return kind === 'boundary' ? boundaryValue(schema, choices) : strangeText(choices);
  };

  const filled = parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((url, each) => url.replace(`{${each.name}}`, encoded(value(each))), path);
  const query = parameters
    .filter((parameter) => parameter.in === 'query')
    .filter(({ name }) => name === off || choices.chance(0.4))
    .map((each) => `${each.name}=${encoded(value(each))}`);
  const schema = operation.requestBody?.content['application/json']?.schema;
  const body = bodyOf(path, schema, api, kind, known, choices);
  const headers: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' };
  if (choices.chance(0.1)) headers.accept = choices.of(ACCEPTS);
  if (choices.chance(0.05)) headers['x-request-id'] = choices.of(['abc', 'a b', 'x'.repeat(200), '<script>']);
  if (choices.chance(0.05)) headers['if-none-match'] = choices.of(['*', '"x"', 'W/"1-a"', 'nonsense']);
  const plan = { operation: id, method, target: join(filled, query), headers, body };
  return kind === 'shape' ? outOfShape(plan, filled, query, choices) : plan;
}

function outOfShape(
  plan: PlannedRequest,
  path: string,
  query: readonly string[],
  choices: Choices,
): PlannedRequest {
  const headers = { ...plan.headers };
  switch (choices.integer(0, 7)) {
    case 0:
      return { ...plan, method: choices.of(METHODS) };
    case 1:
      return {
        ...plan,
        body: plan.body ?? '{}',
        headers: { ...headers, 'content-type': choices.of(BODY_TYPES) },
      };
    case 2:
      return {
        ...plan,
        target: join(path, [...query, ...query, 'limit=1', 'limit=2', 'expiry=a', 'expiry=b']),
      };
    case 3:
      return { ...plan, target: join(path, [...query, `${encoded(strangeText(choices))}=1`]) };
    case 4:
      return { ...plan, target: join(path, [...query, 'limit[$gt]=1', '__proto__[x]=1', '%=%', '&&==']) };
    case 5:
      return {
        ...plan,
        target: `${path}${choices.of(['/', '//', '/.', '/..', '%', '%2', '%ff', '%00', ';a=b'])}`,
      };
    case 6:
      return {
        ...plan,
        body: plan.body ?? '{}',
        headers: { 'content-type': 'application/json', 'content-encoding': choices.of(ENCODINGS) },
      };
    default:
      return {
        ...plan,
        body: choices.of([
          '',
          '{',
          '[]',
          '"',
          'null',
          '{"a":1}{',
          '{"__proto__":{"x":1}}',
          '\u0000',
          '{"a":1,"a":2}',
        ]),
        headers: { ...headers, 'content-type': 'application/json' },
      };
  }
}

function bodyOf(
  path: string,
  schema: JsonSchema | undefined,
  api: OpenApiDocument,
  kind: Kind,
  known: KnownValues,
  choices: Choices,
): string | null {
  if (schema === undefined) return null;
  const { $ref } = schema;
  const resolved =
    typeof $ref === 'string' ? api.components.schemas[$ref.slice($ref.lastIndexOf('/') + 1)] : schema;
  const required = (resolved.required ?? []) as string[];
  const fields = Object.entries((resolved.properties ?? {}) as Record<string, JsonSchema>);
  if (fields.length === 0) return JSON.stringify(exampleOf(resolved, ''));
  const off = kind === 'valid' || kind === 'shape' ? null : choices.of(fields)[0];
  const given = fields
    .filter(([name]) => required.includes(name) || name === off || choices.chance(0.5))
    .filter(([name]) => name !== off || choices.chance(0.85))
    .map(([name, field]) => [
      name,
      name === off ? wrong(field) : known.valueOf(path, { name, schema: field }, choices),
    ]);
  if (kind === 'strange' && choices.chance(0.2)) given.push([strangeText(choices), strangeValue(choices)]);
  if (kind === 'strange' && choices.chance(0.1)) return JSON.stringify(strangeValue(choices));
  return JSON.stringify(Object.fromEntries(given));

  function wrong(field: JsonSchema): unknown {
    return kind === 'boundary' ? boundaryValue(field, choices) : strangeValue(choices);
  }
}

const join = (path: string, query: readonly string[]): string =>
  query.length === 0 ? path : `${path}?${query.join('&')}`;

/** A lone surrogate has no UTF-8, so it goes out as the bytes somebody careless would send. */
function encoded(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}
