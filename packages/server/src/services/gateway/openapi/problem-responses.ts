import { ERRORS, type ErrorCode, Problem } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { problemOf } from '../../../kit/responses/problem.ts';
import type { JsonSchema, Reference, Response } from './document.ts';
import { HEADERS, headersOf } from './response-headers.ts';

/** Refers to the response with these errors, which is said once in `responses`, under the names of its codes. */
export function problemResponse(
  responses: Record<string, Response>,
  status: number,
  codes: readonly ErrorCode[],
): Reference {
  const name = codes.map(pascalCase).join('Or');
  responses[name] ??= {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('. '),
    headers: headersOf(status, false),
    content: {
      'application/problem+json': {
        schema: structuredClone(Problem) as unknown as JsonSchema,
        examples: Object.fromEntries(
          codes.map((code) => [code, { summary: ERRORS[code].title, value: exampleProblem(code) }]),
        ),
      },
    },
  };
  return { $ref: `#/components/responses/${name}` };
}

const exampleProblem = (code: ErrorCode): Problem =>
  problemOf(
    new DeltaStreamError(code, `What was wrong with this request: ${ERRORS[code].title.toLowerCase()}`),
    HEADERS['X-Request-Id'].example,
  ).problem;

const pascalCase = (code: string): string =>
  code.replace(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase());
