import { ROUTES } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { silentLogger } from '../logging/log.ts';
import { buildSerializer } from '../responses/representation.ts';
import { createHttpApp } from './http.ts';
import { buildValidator } from './request-validation.ts';

const NO_SCHEMA = { type: 'no type of JSON Schema' };

it('compiles the schema of a response when one is to be written, and not before', async () => {
  const app = createHttpApp({ logger: silentLogger });
  app.get('/used', { schema: { response: { 200: { type: 'object', properties: {} } } } }, async () => ({
    a: 1,
  }));
  app.get('/unused', { schema: { response: { 200: NO_SCHEMA } } }, async () => ({}));
  await app.ready();
  expect((await app.inject('/used')).body).toBe('{}');
  expect((await app.inject('/unused')).statusCode).toBe(500);
  await app.close();
});

it('compiles the schema of a request when one comes, and not before', async () => {
  const app = createHttpApp({ logger: silentLogger });
  const querystring = { type: 'object', properties: { n: { type: 'integer', default: 3 } } };
  app.get('/used', { schema: { querystring } }, async ({ query }) => query);
  app.get('/unused', { schema: { querystring: NO_SCHEMA } }, async () => ({}));
  await app.ready();
  expect((await app.inject('/used?n=7')).json()).toEqual({ n: 7 });
  expect((await app.inject('/used')).json()).toEqual({ n: 3 });
  const refused = await app.inject('/used?n=x');
  expect(refused.statusCode).toBe(400);
  expect(refused.json().detail).toContain('must be integer');
  expect((await app.inject('/unused')).statusCode).toBe(500);
  await app.close();
});

it('compiles a schema once for all routes and statuses', () => {
  const serializer = buildSerializer({}, {});
  const schema = { type: 'object', properties: { a: { type: 'integer' } } };
  const of = (url: string, httpStatus: string) => serializer({ method: 'GET', url, httpStatus, schema });
  expect(of('/a', '200')).toBe(of('/b', '404'));
  expect(of('/a', '200')({ a: 1, b: 2 })).toBe('{"a":1}');
});

it('can compile the schemas of all routes', () => {
  const validator = buildValidator({}, {});
  const serializer = buildSerializer({}, {});
  for (const { method, url, schema } of ROUTES) {
    for (const httpPart of ['params', 'querystring', 'body'] as const) {
      const part = schema[httpPart];
      if (part) expect(() => validator({ method, url, httpPart, schema: part })({}), url).not.toThrow();
    }
    for (const [httpStatus, response] of Object.entries(schema.response)) {
      const serialize = serializer({ method, url, httpStatus, schema: response });
      // What the value lacks is said by a compiled serializer alone.
      const said = saidOf(() => serialize({}));
      if (said !== null) expect(said, `${url} ${httpStatus}`).toMatch(/ is required!$|does not match schema/);
    }
  }
});

function saidOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
