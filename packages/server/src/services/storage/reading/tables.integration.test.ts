import { type ChainView, ContractView } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EXPIRY,
  MINUTE_MS,
  NOON,
  storableChain,
  tickAt,
} from '../../../ports/stores/market/market-store.fixture.ts';
import { startStorage } from '../storage.fixture.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const CHAIN = `/api/data/chain/NIFTY?expiry=${EXPIRY}`;
const CHAINS = `/api/data/chains/NIFTY?expiry=${EXPIRY}`;

let storage: Awaited<ReturnType<typeof startStorage>>;
beforeAll(async () => {
  storage = await startStorage();
  await storage.store.putTicks(
    [0, 1, 2].map((i) => tickAt(NOON + i * 1000, { price: 24_000 + i })),
    [],
  );
  await storage.store.putSnapshots(
    [0, 1, 2].map((i) => storableChain({ timestamp: NOON + i * MINUTE_MS, seq: i + 1 })),
  );
});
afterAll(() => storage.end());

describe('fields', () => {
  it.each([
    ['the latest', CHAIN],
    ['an earlier one', `${CHAIN}&at=${iso(NOON)}`],
  ])('leaves of %s what was named and what says which chain it is', async (_what, url) => {
    const full = (await storage.get(url)).body;
    const { body, status } = await storage.get(`${url}&fields=pcr_oi,%20max_pain_strike`);
    expect(status).toBe(200);
    const { product, expiry, timestamp, pcr_oi, max_pain_strike } = full;
    expect(body).toEqual({ product, expiry, timestamp, pcr_oi, max_pain_strike });
  });

  it('leaves strikes and contracts when a field of contracts is among them', async () => {
    const full = (await storage.get(CHAIN)).body;
    const { body } = await storage.get(`${CHAIN}&fields=iv,bid,atm_iv`);
    expect(body.strikes).toEqual(full.strikes);
    expect(body.atm_iv).toBe(full.atm_iv);
    const pick = (contract: { iv: number; bid: number } | null) =>
      contract && { bid: contract.bid, iv: contract.iv };
    expect(body.calls).toEqual(full.calls.map(pick));
    expect(body.puts).toEqual(full.puts.map(pick));
  });

  it('leaves of every point of a list, and of the compact chain', async () => {
    const { body } = await storage.get(`${CHAINS}&fields=pcr_oi`);
    expect(body.count).toBe(3);
    for (const point of body.chains) expect(Object.keys(point)).toEqual(['timestamp', 'pcr_oi']);
    const compact = (await storage.get(`/api/mobile/chain/NIFTY?expiry=${EXPIRY}&fields=atm_iv`)).body;
    expect(Object.keys(compact)).toEqual(['product', 'expiry', 'timestamp', 'atm_iv']);
  });

  it.each([
    [`${CHAIN}&fields=pcr_oi,nope`, '"nope"'],
    [`${CHAIN}&fields=__proto__`, '"__proto__"'],
    [`${CHAIN}&fields=pcr_oi,,iv`, '""'],
    [`${CHAINS}&fields=iv`, '"iv"'],
    [`/api/mobile/chain/NIFTY?expiry=${EXPIRY}&fields=delta`, '"delta"'],
  ])('refuses %s, naming the field', async (url, name) => {
    const { status, body } = await storage.get(url);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request' });
    expect(body.detail).toContain(name);
  });
});

describe('tables', () => {
  const linesOf = (body: string) => body.trimEnd().split('\r\n');

  it('has a row per listed contract', async () => {
    const full: ChainView = (await storage.get(CHAIN)).body;
    const response = await storage.table(CHAIN);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(response.headers.vary).toBe('accept');
    const [header, first, ...rest] = linesOf(response.body);
    expect(header.split(',')).toEqual([
      ...['timestamp', 'expiry', 'side', 'strike'],
      ...Object.keys(ContractView.properties).slice(1),
    ]);
    const listed = [...full.calls, ...full.puts].filter((contract) => contract !== null);
    expect(rest).toHaveLength(listed.length - 1);
    const cells = Object.fromEntries(first.split(',').map((cell, i) => [header.split(',')[i], cell]));
    expect(cells).toMatchObject({ timestamp: full.timestamp, expiry: EXPIRY, side: 'call' });
    expect(Number(cells.strike)).toBe(listed[0].strike);
    expect(cells.bid).toBe(listed[0].bid === null ? '' : String(listed[0].bid));
  });

  it('has the chosen columns, and is refused where these are not columns', async () => {
    const response = await storage.table(`${CHAIN}&fields=iv,delta`);
    expect(linesOf(response.body)[0]).toBe('timestamp,expiry,side,strike,iv,delta');
    expect((await storage.table(`${CHAIN}&fields=pcr_oi`)).statusCode).toBe(400);
    expect(linesOf((await storage.table(`${CHAINS}&fields=pcr_oi`)).body)[0]).toBe('timestamp,pcr_oi');
  });

  it('comes in pages that a link joins', async () => {
    let url: string | null = '/api/data/underlying/NIFTY?limit=2&from=2026-01-01T00:00:00Z';
    const pages: string[][] = [];
    while (url !== null) {
      const response: Awaited<ReturnType<typeof storage.table>> = await storage.table(url);
      pages.push(linesOf(response.body));
      url = /^<([^>]+)>; rel="next"$/.exec(String(response.headers.link ?? ''))?.[1] ?? null;
    }
    expect(pages.map((page) => page.slice(1).map((line) => Number(line.split(',')[1])))).toEqual([
      [24_000, 24_001],
      [24_002],
    ]);
    expect(pages.map(([header]) => header)).toEqual(['timestamp,price', 'timestamp,price']);
  });

  it('is not what a failure is, and not what somebody gets who takes neither', async () => {
    const missing = await storage.table('/api/data/chain/NOPE');
    expect(missing.statusCode).toBe(404);
    expect(missing.headers['content-type']).toMatch(/^application\/problem\+json/);
    const refused = await storage.table(CHAIN, 'image/png');
    expect(refused.statusCode).toBe(406);
    expect(refused.json()).toMatchObject({ code: 'not_acceptable' });
    const json = await storage.table(CHAIN, 'text/html,*/*;q=0.8');
    expect(json.headers['content-type']).toMatch(/^application\/json/);
  });
});
