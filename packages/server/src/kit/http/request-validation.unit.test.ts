import { ROUTES } from '@deltastream/contracts';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { createHttpApp } from '../http/http.ts';
import { silentLogger } from '../logging/log.ts';

const Fields = Type.Object(
  {
    count: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    name: Type.Optional(Type.String()),
    side: Type.Optional(Type.Enum(['call', 'put'])),
    expiry: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}$', examples: ['2026-08'] })),
    at: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { additionalProperties: false },
);

async function respond(payload: unknown, query: string) {
  const app = createHttpApp({ logger: silentLogger });
  app.post('/', { schema: { body: Fields, querystring: Fields } }, async ({ body, query }) => ({
    body,
    query,
  }));
  const response = await app.inject({ method: 'POST', url: `/${query}`, payload: payload as object });
  await app.close();
  return response;
}

async function answerOf(payload: unknown, query = '') {
  const response = await respond(payload, query);
  return response.statusCode === 200 ? response.json() : response.statusCode;
}

describe('request validators', () => {
  it.each([{ count: '5' }, { count: '1e309' }, { count: true }, { name: 5 }, { name: ['a'] }])(
    'takes no value of a body for one of another type: %j',
    async (body) => {
      expect(await answerOf(body)).toBe(400);
    },
  );

  it('reads text of an address as the type its schema asks for', async () => {
    expect(await answerOf({ count: 5 }, '?count=7&name=8')).toEqual({
      body: { count: 5 },
      query: { count: 7, name: '8' },
    });
  });

  it.each(['1e309', '-1e309', 'Infinity', 'NaN', '1.5', '101', ''])(
    'refuses a count in an address that is none, or too large: %s',
    async (count) => {
      expect(await answerOf({}, `?count=${count}`)).toBe(400);
    },
  );

  it.each([
    ['?count=-1', 'querystring.count: must be at least 0'],
    ['?side=both', 'querystring.side: must be one of call, put'],
    ['?expiry=August', 'querystring.expiry: must be written like 2026-08'],
    ['?at=now', 'querystring.at: must be written like 2026-08-19T05:57:00Z'],
    ['?cuont=1', 'querystring: cuont is not a name that is known here'],
  ])('says what would be right in place of %s', async (query, detail) => {
    expect((await respond({}, query)).json()).toMatchObject({ code: 'invalid_request', detail });
  });

  it('has bounds for every number in an address', () => {
    const unbounded = ROUTES.flatMap(({ url, schema }) =>
      [schema.params, schema.querystring].flatMap((part) =>
        Object.entries((part as { properties?: Record<string, Bounded> } | undefined)?.properties ?? {})
          .filter(
            ([, { type, minimum, maximum }]) =>
              isNumeric(type) && (minimum === undefined || maximum === undefined),
          )
          .map(([name]) => `${url} ${name}`),
      ),
    );
    expect(unbounded).toEqual([]);
  });
});

interface Bounded {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const isNumeric = (type: string | undefined): boolean => type === 'integer' || type === 'number';
