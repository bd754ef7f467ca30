import { type MarketSummary, ROUTES } from '@deltastream/contracts';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOpenWithoutTokens } from '../../packages/server/src/kit/access/access.ts';
import { getJson } from '../support/clients/rest.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const FIRST_PRICE_WITHIN_MS = 3000;

/** Market data that a synthetic market has none of, and says so. */
const OF_LIVE_VENUES: ReadonlySet<string> = new Set(['/api/instruments/:product']);

describe('a first start', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let firstPriceMs = Number.POSITIVE_INFINITY;

  beforeAll(async () => {
    const begun = performance.now();
    platform = await startPlatform(['--data', folder.path]);
    const socket = io(platform.url, { transports: ['websocket'] });
    await new Promise<void>((resolve) =>
      socket.on('market_summary', ({ price }: MarketSummary) => {
        if (price.length > 0) resolve();
      }),
    );
    firstPriceMs = performance.now() - begun;
    socket.close();
  });

  afterAll(async () => {
    expect(await platform.stop()).toBe(0);
    folder.remove();
  });

  it('sends a price to a client that just connects, soon after the start', () => {
    process.stdout.write(`first price ${Math.round(firstPriceMs)} ms after the process started\n`);
    expect(firstPriceMs).toBeLessThan(longestMs(FIRST_PRICE_WITHIN_MS));
  });

  it('prints one short banner: address, who may read, source, data folder, how to stop', () => {
    const lines = platform.output().trim().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[1]).toContain(platform.url);
    expect(lines[2]).toMatch(/Access\s+market data is open: only this machine/);
    expect(lines[3]).toMatch(/Source\s+synthetic/);
    expect(lines[4]).toContain(folder.path);
    expect(lines[5]).toMatch(/Stop\s+Ctrl-C/);
  });

  it('generates the products of the four indices, two stocks and a coin', async () => {
    const list = () => getJson<{ products: { product: string }[] }>(`${platform.url}/api/data/products`);
    await expect
      .poll(async () => (await list()).products.map(({ product }) => product).sort())
      .toEqual(['AAPL', 'BANKNIFTY', 'BTC', 'FINNIFTY', 'NIFTY', 'SENSEX', 'SPY']);
  });

  it('answers every route as it is declared: market data for all, the rest for who may', async () => {
    const asked = ROUTES.filter(
      ({ method, url, schema }) =>
        method === 'GET' &&
        !/:(?!product)/.test(url) &&
        !(schema.querystring as { required?: readonly string[] } | undefined)?.required?.length,
    );
    expect(asked.length).toBeGreaterThanOrEqual(20);
    for (const { url, access } of asked) {
      const response = await fetch(`${platform.url}${url.replace(':product', 'NIFTY')}`);
      // Asked from this machine, which may do some of what needs a role elsewhere.
      const open = access === 'public' || isOpenWithoutTokens(access);
      const answer = OF_LIVE_VENUES.has(url) ? 404 : 200;
      expect([url, response.status]).toEqual([url, open ? answer : 401]);
    }
  });

  it('registers, logs in, refreshes and verifies an account', async () => {
    const call = async (action: string, body: object) => {
      const response = await fetch(`${platform.url}/api/auth/${action}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const account = { email: 'trader@example.com', password: 'correct horse battery' };
    const registered = await call('register', { ...account, name: 'Trader' });
    expect(registered.status).toBe(201);
    expect(await call('register', account)).toMatchObject({ status: 409, body: { code: 'email_taken' } });
    const session = await call('login', account);
    expect(session).toMatchObject({
      status: 200,
      body: {
        token_type: 'Bearer',
        expires_in: 600,
        user: { email: account.email, name: 'Trader', role: 'viewer' },
      },
    });
    const refreshed = await call('refresh', { refresh_token: session.body.refresh_token });
    expect(refreshed.status).toBe(200);
    const verified = await call('verify', { token: refreshed.body.token });
    expect(verified.body).toMatchObject({ valid: true, email: account.email, role: 'viewer' });
    expect(await call('login', { ...account, password: 'wrong' })).toMatchObject({ status: 401 });
  });
});
