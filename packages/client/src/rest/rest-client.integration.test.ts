import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as contracts from '@deltastream/contracts';
import { downloadExport, getChain, getPcr, listProducts, login } from '@deltastream/contracts';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { DeltaStreamError } from '../../../server/src/kit/errors.ts';
import { createHttpApp } from '../../../server/src/kit/http/http.ts';
import { silentLogger } from '../../../server/src/kit/logging/log.ts';
import type { ApiError } from './api-error.ts';
import { createClient } from './rest-client.ts';
import { type ResponseOf, ROUTE_TABLE, type Routes } from './route-table.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const SESSION = {
  token: 't',
  refresh_token: 'r',
  token_type: 'Bearer',
  expires_in: 900,
  user: { id: '1', email: 'a@b.c', name: 'A', role: 'viewer' },
} as const;

async function startApi() {
  const app = createHttpApp({ logger: silentLogger });
  const asked: { url: string; authorization: string | undefined; body: unknown }[] = [];
  app.addHook('preHandler', async (request) => {
    asked.push({ url: request.url, authorization: request.headers.authorization, body: request.body });
  });
  app.route({ ...listProducts, handler: async () => ({ count: 0, products: [] }) });
  app.route({ ...login, handler: async () => SESSION });
  app.route({
    ...getChain,
    handler: async (request) => {
      throw new DeltaStreamError('unknown_product', `there is no product ${request.params.product}`);
    },
  });
  app.get('/api/analytics/max-pain/:product', async (_request, reply) => reply.code(502).send('<html>'));
  app.get(downloadExport.url, async (_request, reply) => reply.type('text/csv').send('a,b\n1,2\n'));
  app.get(getPcr.url, async () => new Promise(() => {}));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  closers.push(() => {
    app.server.closeAllConnections();
    return app.close();
  });
  return { url, asked };
}

const rejection = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => expect.fail('the request should fail'),
    (error) => error,
  );

describe('REST client', () => {
  it('returns what is not JSON as text', async () => {
    const { url } = await startApi();
    const text = await createClient({ baseUrl: url }).downloadExport({ file: 'A.csv' });
    expect(text).toBe('a,b\n1,2\n');
  });

  it('has one method for every route of the contracts', () => {
    const routes = Object.entries(contracts)
      .filter(([, value]) => typeof value === 'object' && 'url' in value && 'method' in value)
      .map(([name, value]) => [name, [(value as contracts.Route).method, (value as contracts.Route).url]]);
    expect(ROUTE_TABLE).toEqual(Object.fromEntries(routes));
    expect(Object.keys(createClient({ baseUrl: '' }))).toEqual([
      ...Object.keys(ROUTE_TABLE),
      'pages',
      'events',
      'csv',
    ]);
  });

  it('types requests and answers from the route literals', () => {
    const client = createClient({ baseUrl: '' });
    type Chain = Awaited<ReturnType<typeof client.getChain>>;
    expectTypeOf<Chain['strikes']>().toEqualTypeOf<number[]>();
    expectTypeOf<Awaited<ReturnType<typeof client.register>>['token_type']>().toEqualTypeOf<'Bearer'>();
    expectTypeOf(client.getOhlc).parameter(0).toHaveProperty('interval');
    // Fields of the log are what lines have to say, not what is wanted of them.
    expectTypeOf(() => client.listLogs({ fields: 'status=503' })).returns.resolves.toEqualTypeOf<
      ResponseOf<Routes['listLogs']>
    >();
    // @ts-expect-error the product is required
    void (() => client.getChain({}));
    // @ts-expect-error there is no such interval
    void (() => client.getOhlc({ product: 'NIFTY', interval: '2m' }));
  });

  it('puts fields into path, query and body', async () => {
    const { url, asked } = await startApi();
    let token: string | null = null;
    const client = createClient({ baseUrl: `${url}/`, token: () => token });
    expect(await client.listProducts()).toEqual({ count: 0, products: [] });
    const session = await client.login({ email: 'a@b.c', password: 'secret' });
    token = session.token;
    await rejection(client.getChain({ product: 'M&M', expiry: '2026-08-25' }));
    expect(asked).toEqual([
      { url: '/api/data/products', authorization: undefined, body: undefined },
      { url: '/api/auth/login', authorization: undefined, body: { email: 'a@b.c', password: 'secret' } },
      { url: '/api/data/chain/M%26M?expiry=2026-08-25', authorization: 'Bearer t', body: undefined },
    ]);
  });

  it('turns a problem document into a typed error', async () => {
    const { url } = await startApi();
    const error = await rejection(createClient({ baseUrl: url }).getChain({ product: 'NOPE' }));
    expect(error).toMatchObject({
      name: 'ApiError',
      status: 404,
      code: 'unknown_product',
      detail: 'there is no product NOPE',
      remedy: contracts.ERRORS.unknown_product.remedy,
      requestId: expect.stringMatching(/.{8}/),
    });
  });

  it('says so when the response is not of DeltaStream, does not come, or comes too late', async () => {
    const { url } = await startApi();
    const client = createClient({ baseUrl: url, timeoutMs: 300 });
    expect(await rejection(client.getMaxPain({ product: 'A' }))).toMatchObject({
      status: 502,
      code: 'unavailable',
    });
    expect(await rejection(client.getPcr({ product: 'A' }))).toMatchObject({ status: 0, code: 'timeout' });

    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const away = createClient({ baseUrl: `http://127.0.0.1:${port}` });
    expect(await rejection(away.listProducts())).toMatchObject({ status: 0, code: 'unavailable' });
  });

  it('can be aborted by the caller', async () => {
    const { url } = await startApi();
    const controller = new AbortController();
    const asked = createClient({ baseUrl: url }).getPcr({ product: 'A' }, { signal: controller.signal });
    controller.abort(new Error('not needed any more'));
    await expect(asked).rejects.toThrow('not needed any more');
  });
});
