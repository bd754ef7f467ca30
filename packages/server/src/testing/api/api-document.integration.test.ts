import { readFileSync } from 'node:fs';
import * as contracts from '@deltastream/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Media, OpenApiDocument, Operation, Response } from '../../services/gateway/openapi/document.ts';
import { embeddedApi, renderApi } from './embedded-api.ts';
import { schemaCheck } from './json-schema.ts';

let api: OpenApiDocument;
let operations: { id: string; method: string; path: string; operation: Operation }[];

beforeAll(async () => {
  api = (await embeddedApi()) as OpenApiDocument;
  operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId ?? `${method} ${path}`,
      method,
      path,
      operation,
    })),
  );
});

const follow = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce((node: unknown, key) => (node as Record<string, unknown>)[key], api);

const resolved = (response: Operation['responses'][string]): Response =>
  '$ref' in response ? (follow(response.$ref) as Response) : response;

function* nodes(node: unknown): Generator<Record<string, unknown>> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield node as Record<string, unknown>;
  for (const each of Object.values(node)) yield* nodes(each);
}

/** Everything that has a schema and says what it looks like. */
function* media(): Generator<[place: string, media: Media]> {
  for (const { id, operation } of operations) {
    for (const parameter of operation.parameters ?? []) yield [`${id} ${parameter.name}`, parameter];
    for (const body of Object.values(operation.requestBody?.content ?? {})) yield [`${id} body`, body];
    for (const [status, response] of Object.entries(operation.responses)) {
      for (const each of Object.values(resolved(response).content ?? {})) yield [`${id} ${status}`, each];
    }
  }
}

describe('the OpenAPI document', () => {
  it('is what docs/openapi.json says (node .ci/write-openapi.ts writes it)', () => {
    const kept = readFileSync(new URL('../../../../../docs/openapi.json', import.meta.url), 'utf8');
    expect(kept === renderApi(api)).toBe(true);
  });

  it('has every route of the contracts under its name', () => {
    const routes = Object.entries(contracts)
      .filter(([, value]) => typeof value === 'object' && 'url' in value && 'schema' in value)
      .map(([name, value]) => {
        const { method, url } = value as contracts.Route;
        return `${name} ${method.toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`;
      });
    const documented = operations.map(({ id, method, path }) => `${id} ${method} ${path}`);
    expect(documented).toEqual(expect.arrayContaining(routes));
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it('refers to nothing that is not there, and keeps nothing that nobody refers to', () => {
    const references = new Set(
      [...nodes(api)].flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : [])),
    );
    for (const reference of references) expect(follow(reference), reference).toBeDefined();
    for (const kind of ['schemas', 'responses'] as const) {
      for (const name of Object.keys(api.components[kind] ?? {})) {
        expect(references).toContain(`#/components/${kind}/${name}`);
      }
    }
  });

  it('describes every operation with its tag, security, parameters and errors', () => {
    const tags = api.tags.map(({ name }) => name);
    for (const { id, path, operation } of operations) {
      expect(operation.description, id).toMatch(/\w/);
      expect(operation.tags?.length, id).toBe(1);
      expect(tags, id).toContain(operation.tags?.[0]);
      expect(operation.security, id).toBeDefined();
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`).toSorted(), id).toEqual(
        (path.match(/\{\w+\}/g) ?? []).toSorted(),
      );
      const statuses = Object.keys(operation.responses);
      expect(statuses, id).toEqual(expect.arrayContaining(['400', '405', '429', '500', '503']));
      expect(
        statuses.filter((status) => status.startsWith('2')),
        id,
      ).toHaveLength(1);
      if (operation.security?.some((each) => 'bearer' in each)) {
        expect(statuses, id).toEqual(expect.arrayContaining(['401', '403']));
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(resolved(response).headers, `${id} ${status}`).toHaveProperty('X-Request-Id');
        expect(resolved(response).description, `${id} ${status}`).not.toBe('Default Response');
      }
    }
  });

  it('gives an example of everything, which its schema takes', () => {
    let count = 0;
    for (const [place, { schema, example, examples }] of media()) {
      const check = schemaCheck(api, schema);
      const given = examples
        ? Object.values(examples).map((each) => (each as { value: unknown }).value)
        : [example];
      for (const value of given) {
        expect(check(value), `${place}: ${JSON.stringify(value)}`).toEqual([]);
        expect(value, place).toBeDefined();
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(500);
  });
});
