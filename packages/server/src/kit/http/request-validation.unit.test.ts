import { ROUTES } from '@deltastream/contracts';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { createHttpApp } from '../http/http.ts';
import { silentLogger } from '../logging/log.ts';

const Fields = Type.Object(
  { count: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })), name: Type.Optional(Type.String()) },
  { additionalProperties: false },
);

async function answerOf(payload: unknown, query = '') {
  const app = createHttpApp({ logger: silentLogger });
  app.post('/', { schema: { body: Fields, querystring: Fields } }, async ({ body, query }) => ({
    body,
    query,
  }));
  const answer = await app.inject({ method: 'POST', url: `/${query}`, payload: payload as object });
  await app.close();
  return answer.statusCode === 200 ? answer.json() : answer.statusCode;
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
