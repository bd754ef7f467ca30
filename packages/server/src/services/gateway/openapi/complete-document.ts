import * as contracts from '@deltastream/contracts';
import { Problem, type Route } from '@deltastream/contracts';
import { isOpenWithoutTokens } from '../../../kit/access/access.ts';
import { policyOf } from '../../../kit/http/route-table.ts';
import { errorCodes } from './common-responses.ts';
import { describe } from './description.ts';
import type { Media, OpenApiDocument, Operation, Parameter, Reference, Response } from './document.ts';
import { exampleOf } from './example.ts';
import { nameSchemas } from './named-schemas.ts';
import { problemResponse } from './problem-responses.ts';
import { HEADERS, headersOf } from './response-headers.ts';
import { offersFields, withoutRequired } from './selection.ts';

type Components = OpenApiDocument['components'] & { responses: Record<string, Response> };

/**
 * Adds to a document what a schema alone does not say: names of operations, examples, the errors that every
 * route may answer with, security, headers, and a name for each schema of the contracts.
 */
export function completeDocument(document: OpenApiDocument): void {
  const routes = new Map<string, readonly [name: string, route: Route]>();
  for (const [name, value] of Object.entries(contracts)) {
    if (isRoute(value)) routes.set(`${value.method} ${value.url}`, [name, value]);
  }
  const components: Components = { ...document.components, headers: { ...HEADERS }, responses: {} };
  document.components = components;
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const url = path.replace(/\{(\w+)\}/g, ':$1');
      const [name, route] = routes.get(`${method.toUpperCase()} ${url}`) ?? [nameOf(method, path), undefined];
      operation.operationId = name;
      operation.description = describe(operation, route);
      operation.security = securityOf(route);
      for (const parameter of operation.parameters ?? []) giveExample(parameter, name);
      completeBody(operation, route);
      completeResponses(operation, route, components.schemas);
      if (method === 'get' && policyOf('GET', url).cache !== 'never') operation.responses[304] = NOT_MODIFIED;
      for (const [status, codes] of errorCodes(method, path, route)) {
        // What is not a problem document, such as the 503 of /readyz with its reasons, stays as it is.
        operation.responses[status] ??= problemResponse(components.responses, status, codes);
      }
    }
  }
  nameSchemas(components.schemas, document.paths);
  nameSchemas(components.schemas, components.responses);
}

function completeBody({ operationId, requestBody }: Operation, route: Route | undefined): void {
  if (!requestBody) return;
  if (route?.schema.body && '~optional' in route.schema.body) requestBody.required = false;
  for (const media of Object.values(requestBody.content)) {
    media.example = exampleOf(media.schema, operationId ?? '');
  }
}

function completeResponses(
  operation: Operation,
  route: Route | undefined,
  schemas: OpenApiDocument['components']['schemas'],
): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    if (isReference(response)) continue;
    if (isProblem(response)) {
      delete operation.responses[status];
      continue;
    }
    response.description =
      { 200: 'The response', 201: 'Made', 204: 'Done; there is no body' }[status] ?? 'Not ready, and why';
    response.headers = headersOf(Number(status), route?.table !== undefined);
    const json = response.content?.['application/json'];
    for (const media of Object.values(response.content ?? {})) {
      media.example = exampleOf(media.schema, operation.operationId ?? '');
    }
    if (!route || !json || !response.content) continue;
    if (route.files) {
      response.content = Object.fromEntries(route.files.map((type) => [type, json]));
      continue;
    }
    if (route.table) response.content['text/csv'] = tableMedia(route.table, json);
    if (offersFields(route)) {
      const name = `${operation.operationId}Selection`;
      schemas[name] = withoutRequired(json.schema);
      json.schema = { anyOf: [json.schema, { $ref: `#/components/schemas/${name}` }] };
    }
  }
}

const NOT_MODIFIED: Response = {
  description: 'Nothing changed since the response that `If-None-Match` names',
  headers: headersOf(304, false),
};

const isReference = (response: Response | Reference): response is Reference => '$ref' in response;

const isProblem = ({ content }: Response): boolean =>
  JSON.stringify(content?.['application/json']?.schema) === JSON.stringify(Problem);

function tableMedia(table: contracts.Table, json: Media): Media {
  const [row] = table.rows(json.example as contracts.TableRow);
  const cells = table.columns.map((column) => String(row?.[column] ?? ''));
  return { schema: { type: 'string' }, example: `${table.columns.join(',')}\r\n${cells.join(',')}\r\n` };
}

function securityOf(route: Route | undefined): Operation['security'] {
  const access = route ? route.access : 'public';
  if (access === 'public') return [];
  const required = { bearer: [] };
  return isOpenWithoutTokens(access) ? [{}, required] : [required];
}

function giveExample(parameter: Parameter, operation: string): void {
  delete parameter.examples;
  parameter.example ??= exampleOf(parameter.schema, parameter.name, operation);
}

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'method' in value && 'url' in value && 'schema' in value;

/** `GET /services/storage/livez` is `getServicesStorageLivez`. */
const nameOf = (method: string, path: string): string =>
  method + path.replace(/[^A-Za-z0-9]+(\w?)/g, (_match, next: string) => next.toUpperCase());
