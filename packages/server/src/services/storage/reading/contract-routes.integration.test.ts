import { type ContractView, contractId, parseContractId, toChainView } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPIRY, MINUTE_MS, NOON, storableChain } from '../../../ports/stores/market/market-store.fixture.ts';
import { startStorage } from '../storage.fixture.ts';

const CHAINS = [0, 1, 2].map((minute) =>
  storableChain({ timestamp: NOON + minute * MINUTE_MS, seq: minute }),
);
const VIEWS = CHAINS.map((chain) => toChainView(chain));
const iso = (minute: number) => new Date(NOON + minute * MINUTE_MS).toISOString();

let storage: Awaited<ReturnType<typeof startStorage>>;
beforeAll(async () => {
  storage = await startStorage();
  await storage.store.putSnapshots(CHAINS);
});
afterAll(() => storage.end());

const listed = VIEWS[0].calls.findIndex((call) => call !== null);
const strike = VIEWS[0].strikes[listed];
const id = contractId({ product: 'NIFTY', expiry: EXPIRY, strike, side: 'call' });
const quoteAt = (minute: number) => {
  const { strike: _, ...figures } = VIEWS[minute].calls[listed] as ContractView;
  const { spot_price, forward } = VIEWS[minute];
  return { timestamp: iso(minute), spot_price, forward, ...figures };
};

describe('a contract id', () => {
  it('names one contract, also of products with a hyphen and strikes with decimals', () => {
    for (const contract of [
      { product: 'NIFTY', expiry: '2026-08-25', strike: 24_200, side: 'call' },
      { product: 'BAJAJ-AUTO', expiry: '2026-08-25', strike: 9050.5, side: 'put' },
      { product: 'M&M', expiry: '2026-08-25', strike: 0.25, side: 'put' },
    ] as const) {
      expect(parseContractId(contractId(contract))).toEqual(contract);
    }
  });

  it('is written in one way alone', () => {
    for (const text of [
      'NIFTY-2026-08-25-024200-C',
      'NIFTY-2026-08-25-24200.0-C',
      'NIFTY-2026-08-25-24200-X',
    ]) {
      expect(parseContractId(text)).toBeNull();
    }
  });
});

describe('GET /api/data/contracts/:id', () => {
  const identity = { id, product: 'NIFTY', expiry: EXPIRY, side: 'call', strike };

  it('shows the latest quote with the figures that the chain has', async () => {
    const { status, body } = await storage.get(`/api/data/contracts/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...identity, currency: 'INR', ...quoteAt(2) });
  });

  it('shows it as it stood at an instant', async () => {
    const { body } = await storage.get(`/api/data/contracts/${id}?at=${iso(1)}`);
    expect(body).toMatchObject(quoteAt(1));
    expect((await storage.get(`/api/data/contracts/${id}?at=${iso(-1)}`)).body.code).toBe('no_data');
  });

  it.each([
    ['NIFTY-2026-08-25', 400, 'invalid_request'],
    [`NOPE-${EXPIRY}-100-C`, 404, 'unknown_product'],
    ['NIFTY-2031-01-01-100-C', 404, 'unknown_expiry'],
    [`NIFTY-${EXPIRY}-1.5-C`, 404, 'unknown_contract'],
  ])('refuses %s with %i %s', async (wrong, status, code) => {
    expect(await storage.get(`/api/data/contracts/${wrong}`)).toMatchObject({ status, body: { code } });
  });

  it('lists the quotes of every snapshot in time order', async () => {
    const { body } = await storage.get(`/api/data/contracts/${id}/quotes`);
    expect(body).toEqual({
      ...identity,
      count: 3,
      quotes: [quoteAt(0), quoteAt(1), quoteAt(2)],
      next_cursor: null,
    });
  });

  it('pages through them from either end, with chosen fields, and as a table', async () => {
    const url = `/api/data/contracts/${id}/quotes?limit=2&fields=price`;
    const brief = (minute: number) => ({ timestamp: iso(minute), price: quoteAt(minute).price });
    const latest = (await storage.get(url)).body;
    expect(latest.quotes).toEqual([brief(1), brief(2)]);
    const before = (await storage.get(`${url}&cursor=${latest.next_cursor}`)).body;
    expect(before).toMatchObject({ quotes: [brief(0)], next_cursor: null });
    expect((await storage.get(`${url}&order=desc`)).body.quotes).toEqual([brief(2), brief(1)]);
    expect((await storage.get(`${url}&from=${iso(0)}`)).body.quotes).toEqual([brief(0), brief(1)]);
    expect((await storage.table(url)).body).toBe(
      ['timestamp,price', ...[1, 2].map((m) => `${iso(m)},${brief(m).price}`), ''].join('\r\n'),
    );
  });

  it('leaves out snapshots that do not list it', async () => {
    const absent = `NIFTY-${EXPIRY}-1.5-P`;
    expect((await storage.get(`/api/data/contracts/${absent}/quotes`)).body).toMatchObject({
      count: 0,
      quotes: [],
    });
  });
});
