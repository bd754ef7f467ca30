import { ERRORS } from '@deltastream/contracts';
import type {
  JsonSchema,
  OpenApiDocument,
  Response,
} from '../../packages/server/src/services/gateway/openapi/document.ts';
import { schemaCheck } from '../../packages/server/src/testing/api/json-schema.ts';
import { createMatcher, type DocumentedOperation } from './operations.ts';
import type { PlannedRequest } from './request-plan.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Says what a response does that its document does not; null when nothing. */
export type Judge = (request: PlannedRequest, answer: Answer) => string | null;

const PROBLEM = 'application/problem+json';
/** Codes that stand for a part that was taken away on purpose; nothing else may be 5xx. */
const AWAY = new Set(['unavailable']);

export function createJudge(api: OpenApiDocument, operations: readonly DocumentedOperation[]): Judge {
  const match = createMatcher(operations);
  const checks = new Map<JsonSchema, ReturnType<typeof schemaCheck>>();
  const fits = (schema: JsonSchema, value: unknown): string | null => {
    const check = checks.get(schema) ?? schemaCheck(api, schema);
    checks.set(schema, check);
    return check(value).at(0) ?? null;
  };
  const problemSchema = { $ref: '#/components/schemas/Problem' };
  const resolved = (response: DocumentedOperation['operation']['responses'][string]): Response => {
    if (!('$ref' in response)) return response;
    const name = response.$ref.slice(response.$ref.lastIndexOf('/') + 1);
    return api.components.responses?.[name] ?? { description: `no response ${name}` };
  };

  const judgeProblem = (answer: Answer, type: string, codes: readonly string[] | null): string | null => {
    if (type !== PROBLEM) return `an error as ${type || 'nothing'}`;
    const problem = json(answer.body) as { code?: keyof typeof ERRORS; status?: number; request_id?: string };
    const misfit = fits(problemSchema, problem);
    if (misfit !== null) return `no problem document: ${misfit}`;
    const { code = 'internal', status, request_id } = problem;
    if (status !== answer.status || ERRORS[code].status !== status) return `${code} as ${answer.status}`;
    if (request_id !== answer.headers['x-request-id']) return 'another request id in the body';
    if (codes !== null && !codes.includes(code)) return `undocumented code ${code}`;
    return answer.status >= 500 && !AWAY.has(code) ? `5xx: ${code}` : null;
  };

  return (request, answer) => {
    const { status, headers, body } = answer;
    if (typeof headers['x-request-id'] !== 'string') return 'no request id';
    const type = String(headers['content-type'] ?? '').split(';')[0];
    const here = match(request.method, request.target.split('?')[0]);
    const bare = request.method === 'HEAD';
    if (here === null || here.operation === null) {
      // Also what the web server of the page or an undocumented path says must be a problem.
      if (here !== null && status === 405 && headers.allow === undefined) return '405 without Allow';
      if (status < 400 || bare) return here !== null && !bare ? `${status} to an unknown method` : null;
      return judgeProblem(answer, type, null);
    }
    const documented = here.operation.operation.responses[status];
    if (documented === undefined) return `undocumented status ${status}`;
    const { content } = resolved(documented);
    if (bare || status === 304) return body.length === 0 ? null : 'a body where none may be';
    if (status >= 400 && content?.[PROBLEM]) {
      return judgeProblem(answer, type, Object.keys(content[PROBLEM].examples ?? {}));
    }
    if (content === undefined) return body.length === 0 ? null : 'a body where none is documented';
    const media = content[type];
    if (media === undefined) return `undocumented type ${type || 'none'}`;
    return type === 'application/json' ? fits(media.schema, json(body)) : null;
  };
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
