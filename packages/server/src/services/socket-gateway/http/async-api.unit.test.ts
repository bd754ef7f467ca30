import { createRequire } from 'node:module';
import specifications from '@asyncapi/specs';
import { SOCKET_EVENTS } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { asyncApiDocument } from './async-api.ts';

const here = createRequire(import.meta.url);
/** The validator that Fastify brings. */
const Ajv = createRequire(here.resolve('fastify'))('ajv') as new (
  options: object,
) => {
  addFormat(name: string, format: boolean): void;
  compile(schema: object): ((value: unknown) => boolean) & { errors: unknown };
};
describe('AsyncAPI document', () => {
  it('is the one in docs; "vitest run --project unit async-api -u" writes it anew', async () => {
    const text = `${JSON.stringify(asyncApiDocument(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../../../../docs/asyncapi.json');
  });

  it('conforms to AsyncAPI 3.0.0', () => {
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
    for (const format of ['uri', 'uri-reference', 'email', 'date-time', 'regex', 'uri-template'])
      ajv.addFormat(format, true);
    const valid = ajv.compile(specifications.schemas['3.0.0']);
    expect([valid(asyncApiDocument()), valid.errors]).toEqual([true, null]);
    expect(valid({ ...asyncApiDocument(), operations: { subscribe: { action: 'shout' } } })).toBe(false);
  });

  it('describes every event, and every reference leads somewhere', () => {
    const document = asyncApiDocument();
    expect(Object.keys(document.operations as object)).toEqual(Object.keys(SOCKET_EVENTS));
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path]) => path,
    );
    expect(references.length).toBeGreaterThan(50);
    const resolved = [...new Set(references)].map((path) =>
      path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document),
    );
    for (const each of resolved) expect(each).toBeTypeOf('object');
  });
});
