import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { createClient } from './rest-client.ts';
import {
  type Asked,
  problem,
  type Scripted,
  type ScriptedApi,
  startScriptedApi,
} from './scripted-api.fixture.ts';
import { memorySession } from './session.ts';

const running: ScriptedApi[] = [];
afterEach(async () => {
  for (const api of running.splice(0)) await api.close();
});

async function start(respond: (asked: Asked, nth: number) => Scripted): Promise<ScriptedApi> {
  let nth = 0;
  const api = await startScriptedApi((asked) => respond(asked, nth++));
  running.push(api);
  return api;
}

const PRODUCTS = { body: { count: 0, products: [] } };
const failure = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => expect.fail(),
    (error) => error,
  );

it('sends what a route takes in the path, the body or the query, as its method asks', async () => {
  const api = await start(() => ({ body: { ok: true } }));
  const client = createClient({ baseUrl: api.url });
  await client.putLayout({ name: 'a b/%', version: 0, document: { panels: [] } });
  await client.deleteLayout({ name: 'a b', version: 7 });
  expect(api.asked.map(({ method, url, body }) => ({ method, url, body }))).toEqual([
    {
      method: 'PUT',
      url: '/api/auth/layouts/a%20b%2F%25',
      body: { version: 0, document: { panels: [] } },
    },
    { method: 'DELETE', url: '/api/auth/layouts/a%20b?version=7', body: undefined },
  ]);
});

describe('retries', () => {
  it.each(['unavailable', 'too_many_requests', 'timeout'] as const)(
    'repeats a GET after %s',
    async (code) => {
      const api = await start((_asked, nth) => (nth < 2 ? problem(code) : PRODUCTS));
      const client = createClient({ baseUrl: api.url, retryBaseMs: 1 });
      expect(await client.listProducts()).toEqual(PRODUCTS.body);
      expect(api.asked).toHaveLength(3);
    },
  );

  it('gives up after its tries with what the last one said', async () => {
    const api = await start(() => problem('unavailable'));
    const client = createClient({ baseUrl: api.url, retries: 3, retryBaseMs: 1 });
    expect(await failure(client.listProducts())).toMatchObject({ code: 'unavailable', status: 503 });
    expect(api.asked).toHaveLength(4);
  });

  it.each(['unknown_product', 'internal', 'invalid_request'] as const)('does not repeat %s', async (code) => {
    const api = await start(() => problem(code));
    await failure(createClient({ baseUrl: api.url, retryBaseMs: 1 }).listProducts());
    expect(api.asked).toHaveLength(1);
  });

  it('never repeats what changes something', async () => {
    const api = await start(() => problem('unavailable'));
    const client = createClient({ baseUrl: api.url, retryBaseMs: 1 });
    await failure(client.login({ email: 'a@b.c', password: 'secret' }));
    expect(api.asked).toHaveLength(1);
  });

  it('waits as long as Retry-After says, and not at all when that is beyond the budget', async () => {
    const api = await start((_asked, nth) =>
      nth === 0 ? problem('too_many_requests', { 'retry-after': '1' }) : PRODUCTS,
    );
    const begun = performance.now();
    await createClient({ baseUrl: api.url, retryBaseMs: 1 }).listProducts();
    expect(performance.now() - begun).toBeGreaterThan(990);

    const busy = await start(() => problem('too_many_requests', { 'retry-after': '60' }));
    const error = await failure(createClient({ baseUrl: busy.url }).listProducts());
    expect(error).toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 60 });
    expect(busy.asked).toHaveLength(1);
  });

  it('stops waiting when the caller aborts', async () => {
    const api = await start(() => problem('unavailable', { 'retry-after': '5' }));
    const asking = createClient({ baseUrl: api.url }).listProducts({}, { signal: AbortSignal.timeout(100) });
    await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('keeps connections for the requests that follow', async () => {
    const api = await start(() => PRODUCTS);
    const client = createClient({ baseUrl: api.url });
    for (let i = 0; i < 20; i++) await client.listProducts();
    expect(api.connections()).toBeLessThanOrEqual(2);
  });
});

describe('a session', () => {
  /** Takes the tokens `t1`, `t2`, ... in turn, of which only the last one made is good. */
  function issuer() {
    let made = 0;
    return (asked: Asked): Scripted => {
      if (asked.url === '/api/auth/login' || asked.url === '/api/auth/refresh') {
        made += 1;
        return { body: { token: `t${made}`, refresh_token: `r${made}` }, waitMs: 20 };
      }
      if (asked.headers.authorization === `Bearer t${made}`) return { body: { sessions: [] } };
      return problem('invalid_token');
    };
  }

  it('is kept from the login, and refreshed once however many requests are refused', async () => {
    const api = await start(issuer());
    const session = memorySession();
    const client = createClient({ baseUrl: api.url, session });
    await client.login({ email: 'a@b.c', password: 'secret' });
    expect(session.get()).toMatchObject({ token: 't1', refresh_token: 'r1' });
    session.set({ token: 'expired', refresh_token: 'r1' });
    await Promise.all(Array.from({ length: 10 }, () => client.listSessions()));
    expect(session.get()).toMatchObject({ token: 't2', refresh_token: 'r2' });
    const refreshes = api.asked.filter(({ url }) => url === '/api/auth/refresh');
    expect(refreshes.map(({ body }) => body)).toEqual([{ refresh_token: 'r1' }]);
    expect(refreshes[0].headers.authorization).toBeUndefined();
  });

  it('is refreshed late in its life beside a request, and before one when it is over', async () => {
    const api = await start(({ url }) => {
      if (url === '/api/auth/refresh') return { body: { token: 'n', refresh_token: 'n', expires_in: 600 } };
      return { body: { sessions: [] } };
    });
    const ask = async (times: { refresh_at: number; expires_at: number }) => {
      const session = memorySession({ token: 't', refresh_token: 'r', ...times });
      const from = api.asked.length;
      await createClient({ baseUrl: api.url, session }).listSessions();
      await expect.poll(() => session.get()?.token).toBe('n');
      expect(session.get()?.expires_at).toBeGreaterThan(Date.now() + 590_000);
      const asked = api.asked.slice(from);
      return { asked, of: asked.find(({ url }) => url === '/api/auth/sessions')?.headers.authorization };
    };
    const now = Date.now();
    const over = await ask({ refresh_at: now - 2, expires_at: now - 1 });
    expect(over.of).toBe('Bearer n');
    expect(over.asked.map(({ url }) => url)).toEqual(['/api/auth/refresh', '/api/auth/sessions']);
    const late = await ask({ refresh_at: now - 1, expires_at: now + 60_000 });
    expect(late.of).toBe('Bearer t');
  });

  it('stays ended when a logout overtakes a refresh', async () => {
    const api = await start(({ url }) =>
      url === '/api/auth/refresh'
        ? { body: { token: 'n', refresh_token: 'n' }, waitMs: 50 }
        : { body: { ok: true } },
    );
    const session = memorySession({ token: 't', refresh_token: 'r' });
    const client = createClient({ baseUrl: api.url, session });
    const refreshed = client.refresh({ refresh_token: 'r' });
    session.set(null);
    await refreshed;
    expect(session.get()).toBeNull();
  });

  it('is tried with its new token once only', async () => {
    const api = await start(({ url }) =>
      url === '/api/auth/refresh' ? { body: { token: 'n', refresh_token: 'n' } } : problem('invalid_token'),
    );
    const client = createClient({
      baseUrl: api.url,
      session: memorySession({ token: 't', refresh_token: 'r' }),
    });
    expect(await failure(client.getMe())).toMatchObject({ code: 'invalid_token' });
    expect(api.asked.map(({ url }) => url)).toEqual(['/api/auth/me', '/api/auth/refresh', '/api/auth/me']);
  });

  it('ends when it can no longer be refreshed, but not because the server was away', async () => {
    let away = true;
    const api = await start(({ url }) =>
      url === '/api/auth/refresh' && away ? problem('unavailable') : problem('invalid_token'),
    );
    const session = memorySession({ token: 't', refresh_token: 'r' });
    const client = createClient({ baseUrl: api.url, session, retries: 0 });
    expect(await failure(client.getMe())).toMatchObject({ code: 'unavailable' });
    expect(session.get()).not.toBeNull();
    away = false;
    expect(await failure(client.getMe())).toMatchObject({ code: 'invalid_token' });
    expect(session.get()).toBeNull();
  });

  it('is forgotten before the server ends it, and kept when that cannot be told', async () => {
    const before = { token: 't', refresh_token: 'r' };
    const session = memorySession(before);
    const meanwhile: unknown[] = [];
    let refused = true;
    const api = await start(() => {
      meanwhile.push(session.get());
      return refused ? problem('too_many_requests') : { body: { ok: true } };
    });
    const client = createClient({ baseUrl: api.url, session });
    expect(await failure(client.logout({ refresh_token: 'r' }))).toMatchObject({ code: 'too_many_requests' });
    expect(session.get()).toEqual(before);
    refused = false;
    await client.logout({ refresh_token: 'r' });
    expect(session.get()).toBeNull();
    expect(meanwhile).toEqual([null, null]);
    expect(api.asked[1].headers.authorization).toBe('Bearer t');
  });
});

describe('pages and tables', () => {
  const pageOf = (asked: Asked): Scripted => {
    const cursor = Number(new URL(asked.url, 'http://x').searchParams.get('cursor') ?? 0);
    const ticks = [0, 1].map((i) => ({ timestamp: `${cursor + i}`, price: cursor + i }));
    return { body: { product: 'A', count: 2, ticks, next_cursor: cursor < 4 ? String(cursor + 2) : null } };
  };

  it('walks through every page, one at a time', async () => {
    const api = await start(pageOf);
    const prices: number[] = [];
    for await (const tick of createClient({ baseUrl: api.url }).pages.listTicks({ product: 'A', limit: 2 })) {
      expectTypeOf(tick).toEqualTypeOf<{ timestamp: string; price: number }>();
      expect(api.asked).toHaveLength(Math.floor(prices.length / 2) + 1);
      prices.push(tick.price);
    }
    expect(prices).toEqual([0, 1, 2, 3, 4, 5]);
    expect(api.asked[1].url).toBe('/api/data/underlying/A?limit=2&from=1970-01-01T00%3A00%3A00Z&cursor=2');
  });

  it('begins a list in time at its end when the newest are asked for first', async () => {
    const api = await start(pageOf);
    const { pages } = createClient({ baseUrl: api.url });
    for await (const _tick of pages.listTicks({ product: 'A', order: 'desc' })) break;
    for await (const _tick of pages.listTicks({ product: 'A', from: '2026-08-19T00:00:00Z' })) break;
    expect(api.asked.map(({ url }) => url)).toEqual([
      '/api/data/underlying/A?order=desc',
      '/api/data/underlying/A?from=2026-08-19T00%3A00%3A00Z',
    ]);
  });

  it('asks for no more when the loop is left, and does not go in circles', async () => {
    const api = await start(pageOf);
    for await (const _tick of createClient({ baseUrl: api.url }).pages.listTicks({ product: 'A' })) break;
    expect(api.asked).toHaveLength(1);
    const stuck = await start(() => ({ body: { ticks: [], next_cursor: 'same' } }));
    const ticks = createClient({ baseUrl: stuck.url }).pages.listTicks({ product: 'A' });
    expect(await failure(ticks.next())).toBeInstanceOf(ApiError);
    expect(stuck.asked).toHaveLength(2);
  });

  it('asks for a table where there is one', async () => {
    const api = await start(({ headers }) => ({
      headers: { 'content-type': String(headers.accept) },
      body: 'timestamp,price\r\n',
    }));
    const client = createClient({ baseUrl: api.url });
    expect(await client.csv.listTicks({ product: 'A' })).toBe('timestamp,price\r\n');
    expect(api.asked[0].headers.accept).toBe('text/csv');
    // @ts-expect-error this route has no table
    expect(client.csv.listProducts).toBeUndefined();
  });

  it('types what fields leave of a chain', async () => {
    const api = await start(() => ({ body: { pcr_oi: 1 } }));
    const client = createClient({ baseUrl: api.url });
    const some = await client.getChain({ product: 'A', fields: 'pcr_oi' });
    expectTypeOf(some.pcr_oi).toEqualTypeOf<number | null | undefined>();
    const complete = () => client.getChain({ product: 'A' });
    expectTypeOf<Awaited<ReturnType<typeof complete>>['pcr_oi']>().toEqualTypeOf<number | null>();
  });
});
